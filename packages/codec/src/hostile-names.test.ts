// Names that JavaScript's objects have by themselves, as names in every format that strangers write.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { text as confText, parseConf, setting, settings } from "./conf/index.ts";
import { formatJson, integer, isJsonObject, key, option, parseJson, text } from "./options/index.ts";
import { attribute, children, element, formatRaw, verbatim, text as xmlText } from "./xml/index.ts";

const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"] as const;

class Part extends element("part", { name: attribute.optional(xmlText) }) {}
class Thing extends element("thing", {
  name: attribute.optional(xmlText),
  metadata: verbatim(),
  parts: children(Part),
}) {}
class Device extends option("-device", "driver", { driver: key(text), size: key.optional(integer) }) {}
class Conf extends settings({ user: setting(confText, "root", "Who.") }) {}

afterEach(() => {
  assert.deepEqual(Object.keys(Object.prototype), []);
  const fresh: { polluted?: unknown } = {};
  assert.equal(fresh.polluted, undefined);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});

for (const name of names) {
  test(`${name} as element, attribute, prefix and text of XML is kept as unknown`, () => {
    const xml = `<thing ${name}='polluted' name='${name}' xmlns:${name}='urn:${name}'>
      <metadata><${name}:x ${name}='polluted' xmlns:${name}='${name}'><${name}/></${name}:x></metadata>
      <${name}><polluted/></${name}>
      <part ${name}='1' name='${name}'><${name}/></part>
    </thing>`;
    const value = Thing.parse(xml);
    assert.equal(value.name, name);
    assert.deepEqual(value.unknown?.attributes, [[name, "polluted"]]);
    assert.deepEqual(
      value.unknown?.elements?.map((each) => each.name),
      [name],
    );
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.match(formatRaw(value.metadata ?? assert.fail("no metadata")), new RegExp(`<${name}:x ${name}="polluted"`));
    assert.deepEqual(Thing.parse(Thing.format(value, { unknown: true })), value);
    assert.throws(() => Thing.parse(xml, { strict: true }), /unknown attribute/);
  });

  test(`${name} as key of an option is kept, in text and in JSON`, () => {
    const fromText = Device.parse(`disk,${name}=on,${name}.polluted=1,size=4`.replace(`${name}=on,`, ""));
    assert.equal(fromText.size, 4);
    assert.match(Device.formatText(fromText), new RegExp(`${name}\\.polluted=1`));
    const fromJson = Device.parse(`{"driver":"disk","${name}":{"polluted":true},"size":4}`);
    assert.equal(fromJson.size, 4);
    assert.equal(formatJson(Device.toJson(fromJson)), `{"driver":"disk","size":4,"${name}":{"polluted":true}}`);
    assert.equal(Device.parse(`${name},size=1`).driver, name);
    assert.throws(() => Device.parse(`${name}=x`), /driver/);
  });

  test(`${name} as key of JSON is an own key`, () => {
    const value = parseJson(`{"${name}":{"polluted":true},"a":[{"${name}":1}]}`);
    assert.ok(isJsonObject(value));
    assert.deepEqual(Object.keys(value), [name, "a"]);
    assert.equal(formatJson(value), `{"${name}":{"polluted":true},"a":[{"${name}":1}]}`);
  });

  test(`${name} as key of a configuration file is unknown`, () => {
    // A name begins with a letter there.
    if (name.startsWith("_")) {
      assert.throws(() => parseConf(`${name} = 1\n`, "test.conf"), /expecting a name/);
      return;
    }
    assert.equal(parseConf(`${name} = "polluted"\n`, "test.conf").entries.length, 1);
    const { values } = Conf.parse(`user = "me"\n${name} = "polluted"\n`, "test.conf");
    assert.deepEqual({ ...values }, { user: "me" });
  });
}
