# Asks a daemon many questions about CPUs, always the same ones, and prints the answers.
import random
import sys

import libvirt

libvirt.registerErrorHandler(lambda *_: None, None)
connection = libvirt.open("qemu:///system")
models = connection.getCPUModelNames("x86_64")
known = "vmx svm aes avx2 invtsc hypervisor xsave rdrand pcid mpx hle rtm spec-ctrl lahf_lm cmt monitor".split()
chance = random.Random(7)


def document(turn):
    model = chance.choice(models + (["NoSuch"] if turn % 50 == 0 else []))
    vendors = ["", "", "<vendor>Intel</vendor>", "<vendor>AMD</vendor>"] + (["<vendor>X</vendor>"] if turn % 40 == 0 else [])
    vendor = chance.choice(vendors)
    names = chance.sample(known + (["nosuch", "sse4_1", "pni"] if turn % 10 == 0 else []), chance.randrange(4))
    policies = [chance.choice(["require", "disable", "optional", "forbid", "force"]) for _ in names]
    match = chance.choice(["minimum", "exact", "strict"])
    plain = "".join(f"<feature name='{name}'/>" for name in names)
    asked = "".join(f"<feature policy='{policy}' name='{name}'/>" for policy, name in zip(policies, names))
    host = f"<cpu><arch>x86_64</arch><model>{model}</model>{vendor}{plain}</cpu>"
    guest = f"<cpu mode='custom' match='{match}'><model>{model}</model>{vendor}{asked}</cpu>"
    return host, guest


def tell(question, ask):
    try:
        answer = ask()
    except libvirt.libvirtError as error:
        answer = f"error {error.get_error_code()}: {error.get_error_message()}"
    print(f"== {question}\n{answer}")


for turn in range(int(sys.argv[1])):
    documents = [document(turn) for _ in range(chance.choice([1, 2, 2, 3]))]
    hosts, guests = [list(each) for each in zip(*documents)]
    flags = chance.randrange(4)
    kind = (None, None, None, "qemu")
    tell(f"baseline {flags} {hosts}", lambda: connection.baselineCPU(hosts, flags))
    tell(f"hypervisor baseline {flags} {guests}", lambda: connection.baselineHypervisorCPU(*kind, guests, flags))
    tell(f"compare {flags & 1} {guests[0]}", lambda: connection.compareCPU(guests[0], flags & 1))
    tell(
        f"hypervisor compare {flags & 1} {guests[0]}",
        lambda: connection.compareHypervisorCPU(*kind, guests[0], flags & 1),
    )
