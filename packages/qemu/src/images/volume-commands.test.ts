import assert from "node:assert/strict";
import { test } from "node:test";
import { type ParseVolumeOptions, parseVolume, type Volume } from "@tsvirt/model/storage";
import { volumeCommands } from "./volume-commands.ts";

function volume(inside: string, options: Partial<ParseVolumeOptions> = {}): Volume {
  return parseVolume(`<volume><name>v,1</name>${inside}</volume>`, { pool: "dir", noCapacity: "always", ...options });
}

const target = (inside: string): string => `<target><path>/p/v,1</path>${inside}</target>`;
const luks = (inside = ""): string =>
  `<encryption format='luks'><secret type='passphrase' usage='u'/>${inside}</encryption>`;

function lines(request: Parameters<typeof volumeCommands>[0]): string[] {
  return volumeCommands(request).map((words) => words.join(" "));
}

test("an image is made with the options of its format", () => {
  const made = volume(
    `<capacity>1025</capacity><allocation>0</allocation>${target("<format type='qcow2'/><compat>1.1</compat><clusterSize unit='KiB'>64</clusterSize><nocow/><features><lazy_refcounts/><extended_l2/></features>")}`,
  );
  assert.deepEqual(lines({ volume: made, preallocateMetadata: true }), [
    "qemu-img create -f qcow2 -o preallocation=metadata,nocow=on,compat=1.1,cluster_size=65536,lazy_refcounts,extended_l2=on /p/v,1 2K",
  ]);
});

test("an image on another needs no size of its own, and the other's format is named", () => {
  const backing = "<backingStore><path>/b</path><format type='qcow2'/></backingStore>";
  const qcow2 = target("<format type='qcow2'/>");
  assert.deepEqual(lines({ volume: volume(backing + qcow2) }), [
    "qemu-img create -f qcow2 -b /b -o backing_fmt=qcow2,compat=0.10 /p/v,1",
  ]);
  const request = { volume: volume(backing + qcow2), preallocateMetadata: true };
  assert.throws(() => volumeCommands(request), /metadata preallocation conflicts with backing store/);
  assert.throws(() => volumeCommands({ volume: volume(backing + target("")) }), /backing store for raw volume/);
});

test("content is converted in one step; where either is encrypted, in two", () => {
  const input = volume(target("<format type='iso'/>"));
  const plain = volume(target("<format type='vmdk'/>"));
  assert.deepEqual(lines({ volume: plain, input }), ["qemu-img convert -f raw -O vmdk /p/v,1 /p/v,1"]);
  const cipher = "<cipher name='twofish' size='256' mode='cbc' hash='sha256'/><ivgen name='plain64' hash='sha1'/>";
  const encrypted = volume(target(`<format type='qcow2'/>${luks(cipher)}`));
  const options =
    "encrypt.format=luks,encrypt.key-secret=v,,1_encrypt0,encrypt.cipher-alg=twofish-256,encrypt.cipher-mode=cbc,encrypt.hash-alg=sha256,encrypt.ivgen-alg=plain64,encrypt.ivgen-hash-alg=sha1,compat=0.10";
  const secret = "--object secret,id=v,,1_encrypt0,file=/s,,1";
  assert.deepEqual(lines({ volume: encrypted, input, secretFile: "/s,1" }), [
    `qemu-img create -f qcow2 ${secret} -o ${options} /p/v,1 0K`,
    `qemu-img convert --image-opts -n --target-image-opts ${secret} driver=iso,file.filename=/p/v,,1 driver=qcow2,file.filename=/p/v,,1,encrypt.key-secret=v,,1_encrypt0`,
  ]);
});

test("what qemu-img cannot do is refused in libvirt's words", () => {
  const refused: readonly (readonly [target: string, text: RegExp])[] = [
    ["<compat>1.1</compat>", /compatibility option only available with qcow2/],
    ["<format type='vmdk'/><features/>", /compatibility option only available with qcow2/],
    [
      "<format type='qcow2'/><compat>0.10</compat><features><extended_l2/></features>",
      /'extended_l2' not supported with compat level 0.10/,
    ],
    [
      "<format type='qcow2'/><encryption format='qcow'/>",
      /unsupported configuration: creation of qcow2 encrypted image is not supported/,
    ],
    ["<encryption format='qcow'/>", /Only luks encryption is supported for raw files/],
    ["<encryption format='luks'/>", /XML error: no secret provided for luks encryption/],
    [`<format type='vmdk'/>${luks()}`, /volume encryption unsupported with format vmdk/],
  ];
  for (const [inside, text] of refused) {
    assert.throws(() => volumeCommands({ volume: volume(target(inside)), secretFile: "/s" }), text, inside);
  }
  assert.throws(() => volumeCommands({ volume: volume(target("")), preallocateMetadata: true }), /only available with/);
  assert.throws(() => volumeCommands({ volume: volume("") }), /has no path/);
});
