import assert from "node:assert/strict";
import { test } from "node:test";
import { makePlan } from "./plan-changes.ts";

const document = (memory: number, rest = "", attributes = ""): string => `<domain type='kvm'${attributes}>
  <name>vm</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <memory>${memory}</memory><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>${rest}
</domain>`;
const running = (memory: number, rest = ""): string => document(memory, rest, " id='1'");
const brief = (input: Parameters<typeof makePlan>[0]) =>
  makePlan(input).map(({ path, when, pending }) => `${path} ${when}${pending ? " pending" : ""}`);

test("without a running guest the definition alone is compared", () => {
  assert.deepEqual(brief({ wanted: document(1024), definition: document(1024) }), []);
  assert.deepEqual(brief({ wanted: document(2048), definition: document(1024) }), [
    "/domain/memory boot",
    "/domain/currentMemory live",
  ]);
});

test("what is defined but does not run yet is pending", () => {
  assert.deepEqual(
    brief({
      wanted: document(1024, "<title>t</title>"),
      definition: document(1024, "<title>t</title>"),
      live: running(1024),
    }),
    ["/domain/title live pending"],
  );
});

test("what runs already takes a definition alone", () => {
  const [change, ...rest] = makePlan({
    wanted: document(1024, "<vcpu>2</vcpu>"),
    definition: document(1024, "<vcpu>1</vcpu>"),
    live: running(1024, "<vcpu>2</vcpu>"),
  });
  assert.deepEqual(rest, []);
  assert.equal(change?.when, "live");
  assert.equal(change?.how, "virsh define; the running guest has it");
});

test("what a start makes of a definition is no change", () => {
  const model = "<cpu mode='host-model' check='partial'/>";
  const expanded =
    "<cpu mode='custom' match='exact' check='full'><model fallback='forbid'>Nehalem</model><feature policy='require' name='vme'/></cpu>" +
    "<resource><partition>/machine</partition></resource>" +
    "<seclabel type='dynamic' model='dac' relabel='yes'><label>+1:+1</label></seclabel>";
  assert.deepEqual(
    brief({ wanted: document(1024, model), definition: document(1024, model), live: running(1024, expanded) }),
    [],
  );
  assert.deepEqual(
    brief({ wanted: document(1024), definition: document(1024, model), live: running(1024, expanded) }),
    ["/domain/cpu boot"],
  );
});

test("a transient guest is compared as it runs", () => {
  assert.deepEqual(brief({ wanted: document(1024, "<title>t</title>"), live: running(1024) }), ["/domain/title live"]);
});
