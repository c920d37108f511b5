import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { arbitrary, hasChecks, type WalkableElement } from "@tsvirt/codec/xml/testing";
import fc from "fast-check";
import * as capabilities from "./capabilities/index.ts";
import * as domain from "./domain/index.ts";
import * as hostInterface from "./interface/index.ts";
import * as moment from "./moment/index.ts";
import * as network from "./network/index.ts";
import * as nodedev from "./nodedev/index.ts";
import * as nwfilter from "./nwfilter/index.ts";
import * as secret from "./secret/index.ts";
import * as storage from "./storage/index.ts";

/** An element class with the statics that the laws are about. */
interface Declared extends WalkableElement<object> {
  readonly elementName: string;
  parse(source: string, options?: object): object;
  format(value: object, options?: object): string;
}

function isDeclared(value: unknown): value is Declared {
  return typeof value === "function" && "fields" in value && "elementName" in value;
}

const everything = { state: true, strict: true } as const;
const written = { state: true, secrets: true } as const;
const modules = { capabilities, domain, hostInterface, moment, network, nodedev, nwfilter, secret, storage };

for (const [area, module] of Object.entries(modules)) {
  const declared = Object.entries(module).filter((entry): entry is [string, Declared] => isDeclared(entry[1]));

  test(`${area}: there are declarations to test`, () => assert.ok(declared.length > 1, String(declared.length)));

  for (const [name, element] of declared) {
    const exact = !hasChecks(element);
    test(`${area}: ${name}: what is written is read, and written the same`, () => {
      fc.assert(
        fc.property(arbitrary(element, { maxElements: 2, maxDepth: 3 }), (value) => {
          const text = element.format(value, written);
          if (text === "") return;
          let back: object;
          try {
            back = element.parse(text, everything);
          } catch (error) {
            // A check of the declaration may refuse what was generated, with a proper error.
            if (exact || !(error instanceof DocumentError)) throw error;
            return;
          }
          const again = element.format(back, written);
          if (exact) assert.equal(again, text);
          assert.equal(element.format(element.parse(again, everything), written), again);
        }),
        { numRuns: 25 },
      );
    });
  }
}
