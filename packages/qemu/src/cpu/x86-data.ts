// Facts about x86 CPUs: where a feature is found in CPUID or in an MSR, its names, and which features a model has. The
// names and the sets are those of libvirt 9.0's CPU map, which guests' documents refer to.

/**
 * A feature a line: `name place:bit [!] [= names QEMU has for it]`. The place is `leaf[.subleaf]:register` of CPUID or
 * `msrINDEX`; `!` marks a feature that keeps a guest from being migrated.
 */
export const x86FeatureLines = `
fpu 0x1:edx:0
vme 0x1:edx:1
de 0x1:edx:2
pse 0x1:edx:3
tsc 0x1:edx:4
msr 0x1:edx:5
pae 0x1:edx:6
mce 0x1:edx:7
cx8 0x1:edx:8
apic 0x1:edx:9
sep 0x1:edx:11
mtrr 0x1:edx:12
pge 0x1:edx:13
mca 0x1:edx:14
cmov 0x1:edx:15
pat 0x1:edx:16
pse36 0x1:edx:17
pn 0x1:edx:18
clflush 0x1:edx:19
ds 0x1:edx:21
acpi 0x1:edx:22
mmx 0x1:edx:23
fxsr 0x1:edx:24
sse 0x1:edx:25
sse2 0x1:edx:26
ss 0x1:edx:27
ht 0x1:edx:28
tm 0x1:edx:29
ia64 0x1:edx:30
pbe 0x1:edx:31
pni 0x1:ecx:0 = sse3
pclmuldq 0x1:ecx:1 = pclmulqdq
dtes64 0x1:ecx:2
monitor 0x1:ecx:3
ds_cpl 0x1:ecx:4 = ds-cpl
vmx 0x1:ecx:5
smx 0x1:ecx:6
est 0x1:ecx:7
tm2 0x1:ecx:8
ssse3 0x1:ecx:9
cid 0x1:ecx:10
fma 0x1:ecx:12
cx16 0x1:ecx:13
xtpr 0x1:ecx:14
pdcm 0x1:ecx:15
pcid 0x1:ecx:17
dca 0x1:ecx:18
sse4.1 0x1:ecx:19 = sse4-1,sse4_1
sse4.2 0x1:ecx:20 = sse4-2,sse4_2
x2apic 0x1:ecx:21
movbe 0x1:ecx:22
popcnt 0x1:ecx:23
tsc-deadline 0x1:ecx:24
aes 0x1:ecx:25
xsave 0x1:ecx:26
osxsave 0x1:ecx:27
avx 0x1:ecx:28
f16c 0x1:ecx:29
rdrand 0x1:ecx:30
hypervisor 0x1:ecx:31
arat 0x6:eax:2
fsgsbase 0x7:ebx:0
tsc_adjust 0x7:ebx:1 = tsc-adjust
sgx 0x7:ebx:2
bmi1 0x7:ebx:3
hle 0x7:ebx:4
avx2 0x7:ebx:5
smep 0x7:ebx:7
bmi2 0x7:ebx:8
erms 0x7:ebx:9
invpcid 0x7:ebx:10
rtm 0x7:ebx:11
cmt 0x7:ebx:12
mpx 0x7:ebx:14
avx512f 0x7:ebx:16
avx512dq 0x7:ebx:17
rdseed 0x7:ebx:18
adx 0x7:ebx:19
smap 0x7:ebx:20
avx512ifma 0x7:ebx:21
pcommit 0x7:ebx:22
clflushopt 0x7:ebx:23
clwb 0x7:ebx:24
intel-pt 0x7:ebx:25
avx512pf 0x7:ebx:26
avx512er 0x7:ebx:27
avx512cd 0x7:ebx:28
sha-ni 0x7:ebx:29
avx512bw 0x7:ebx:30
avx512vl 0x7:ebx:31
avx512vbmi 0x7:ecx:1
umip 0x7:ecx:2
pku 0x7:ecx:3
ospke 0x7:ecx:4
waitpkg 0x7:ecx:5
avx512vbmi2 0x7:ecx:6
gfni 0x7:ecx:8
vaes 0x7:ecx:9
vpclmulqdq 0x7:ecx:10
avx512vnni 0x7:ecx:11
avx512bitalg 0x7:ecx:12
avx512-vpopcntdq 0x7:ecx:14
la57 0x7:ecx:16
rdpid 0x7:ecx:22
bus-lock-detect 0x7:ecx:24
cldemote 0x7:ecx:25
movdiri 0x7:ecx:27
movdir64b 0x7:ecx:28
sgxlc 0x7:ecx:30
pks 0x7:ecx:31
avx512-4vnniw 0x7:edx:2
avx512-4fmaps 0x7:edx:3
fsrm 0x7:edx:4
avx512-vp2intersect 0x7:edx:8
md-clear 0x7:edx:10
serialize 0x7:edx:14
tsx-ldtrk 0x7:edx:16
pconfig 0x7:edx:18
arch-lbr 0x7:edx:19
amx-bf16 0x7:edx:22
avx512-fp16 0x7:edx:23
amx-tile 0x7:edx:24
amx-int8 0x7:edx:25
spec-ctrl 0x7:edx:26
stibp 0x7:edx:27
arch-capabilities 0x7:edx:29
core-capability 0x7:edx:30
ssbd 0x7:edx:31
avx-vnni 0x7.1:eax:4
avx512-bf16 0x7.1:eax:5
xsaveopt 0xd.1:eax:0
xsavec 0xd.1:eax:1
xgetbv1 0xd.1:eax:2
xsaves 0xd.1:eax:3 !
xfd 0xd.1:eax:4
mbm_total 0xf.1:edx:1
mbm_local 0xf.1:edx:2
sgx1 0x12:eax:0
sgx2 0x12:eax:1
sgx-exinfo 0x12:ebx:0
sgx-debug 0x12.1:eax:1
sgx-mode64 0x12.1:eax:2
sgx-provisionkey 0x12.1:eax:4
sgx-tokenkey 0x12.1:eax:5
sgx-kss 0x12.1:eax:7
intel-pt-lip 0x14:ecx:31
syscall 0x80000001:edx:11
nx 0x80000001:edx:20 = xd
mmxext 0x80000001:edx:22
fxsr_opt 0x80000001:edx:25 = ffxsr,fxsr-opt
pdpe1gb 0x80000001:edx:26
rdtscp 0x80000001:edx:27
lm 0x80000001:edx:29 = i64
3dnowext 0x80000001:edx:30
3dnow 0x80000001:edx:31
lahf_lm 0x80000001:ecx:0 = lahf-lm
cmp_legacy 0x80000001:ecx:1 = cmp-legacy
svm 0x80000001:ecx:2
extapic 0x80000001:ecx:3
cr8legacy 0x80000001:ecx:4
abm 0x80000001:ecx:5
sse4a 0x80000001:ecx:6
misalignsse 0x80000001:ecx:7
3dnowprefetch 0x80000001:ecx:8
osvw 0x80000001:ecx:9
ibs 0x80000001:ecx:10
xop 0x80000001:ecx:11
skinit 0x80000001:ecx:12
wdt 0x80000001:ecx:13
lwp 0x80000001:ecx:15
fma4 0x80000001:ecx:16
tce 0x80000001:ecx:17
cvt16 0x80000001:ecx:18
nodeid_msr 0x80000001:ecx:19 = nodeid-msr
tbm 0x80000001:ecx:21
topoext 0x80000001:ecx:22
perfctr_core 0x80000001:ecx:23 = perfctr-core
perfctr_nb 0x80000001:ecx:24 = perfctr-nb
invtsc 0x80000007:edx:8 !
clzero 0x80000008:ebx:0
xsaveerptr 0x80000008:ebx:2
wbnoinvd 0x80000008:ebx:9
ibpb 0x80000008:ebx:12
ibrs 0x80000008:ebx:14
amd-stibp 0x80000008:ebx:15
amd-ssbd 0x80000008:ebx:24
virt-ssbd 0x80000008:ebx:25
amd-no-ssb 0x80000008:ebx:26
npt 0x8000000a:edx:0
lbrv 0x8000000a:edx:1
svm-lock 0x8000000a:edx:2 = svm_lock
nrip-save 0x8000000a:edx:3 = nrip_save
tsc-scale 0x8000000a:edx:4 = tsc_scale
vmcb-clean 0x8000000a:edx:5 = vmcb_clean
flushbyasid 0x8000000a:edx:6
decodeassists 0x8000000a:edx:7
pause-filter 0x8000000a:edx:10 = pause_filter
pfthreshold 0x8000000a:edx:12
avic 0x8000000a:edx:13
v-vmsave-vmload 0x8000000a:edx:15
vgif 0x8000000a:edx:16
svme-addr-chk 0x8000000a:edx:28
rdctl-no msr0x10a:0
ibrs-all msr0x10a:1
rsba msr0x10a:2
skip-l1dfl-vmentry msr0x10a:3
ssb-no msr0x10a:4
mds-no msr0x10a:5
pschange-mc-no msr0x10a:6
tsx-ctrl msr0x10a:7
taa-no msr0x10a:8
split-lock-detect msr0xcf:5
`;

/** Vendors: libvirt's name, and the string of CPUID leaf 0. */
export const x86Vendors: readonly (readonly [name: string, id: string])[] = [
  ["Intel", "GenuineIntel"],
  ["AMD", "AuthenticAMD"],
  ["Hygon", "HygonGenuine"],
];

/**
 * A model a line: `name [vendor] [family/model ...] [host] [guest] : [base] +feature -feature`, features relative to `base`;
 * `~feature` once belonged to the model and does not any more.
 * `host` and `guest`: the model may be picked to describe one. The order is that in which models are tried.
 */
export const x86ModelLines = `
486 host guest : +fpu +pse +vme
pentium host guest : 486 +cx8 +de +mce +mmx +msr +tsc
pentium2 host guest : pentium +cmov +fxsr +mca +mtrr +pae +pat +pge +pse36 +sep
pentium3 host guest : pentium2 +sse
pentiumpro host guest : pentium3 +apic +sse2 -mca -mtrr -pse36 -vme
coreduo Intel host guest : pentiumpro +clflush +mca +monitor +mtrr +nx +pni +vme
n270 Intel host guest : coreduo +ssse3
core2duo Intel host guest : n270 +lm +pse36 +syscall
qemu32 host guest : pentiumpro +pni
kvm32 host guest : qemu32 +clflush +mca +mtrr +pse36
cpu64-rhel5 : kvm32 +lm +nx +syscall
cpu64-rhel6 : cpu64-rhel5 +cx16 +lahf_lm
qemu64 host guest : cpu64-rhel6 +svm -lahf_lm
kvm64 host guest : qemu64 -svm
Conroe Intel 6/15 6/22 host guest : cpu64-rhel6 +ssse3 -cx16
Penryn Intel 6/23 6/29 host guest : Conroe +cx16 +sse4.1
Nehalem Intel 6/26 6/30 6/31 6/46 host guest : Penryn +popcnt +sse4.2
Nehalem-IBRS Intel 6/26 6/30 6/31 6/46 host guest : Nehalem +spec-ctrl
Westmere Intel 6/44 6/47 6/37 host guest : Nehalem +aes
Westmere-IBRS Intel 6/44 host guest : Westmere +spec-ctrl
SandyBridge Intel 6/42 6/45 host guest : Westmere +avx +pclmuldq +rdtscp +tsc-deadline +x2apic +xsave
SandyBridge-IBRS Intel 6/42 6/45 host guest : SandyBridge +spec-ctrl
IvyBridge Intel 6/58 6/62 host guest : SandyBridge +erms +f16c +fsgsbase +rdrand +smep +vme
IvyBridge-IBRS Intel 6/58 6/62 host guest : IvyBridge +spec-ctrl
Haswell-noTSX Intel 6/60 6/63 6/69 6/70 host guest : IvyBridge +avx2 +bmi1 +bmi2 +fma +invpcid +movbe +pcid -f16c -rdrand -vme
Haswell-noTSX-IBRS Intel 6/60 6/63 6/69 6/70 host guest : Haswell-noTSX +spec-ctrl
Haswell Intel 6/60 6/63 6/69 6/70 host guest : Haswell-noTSX +hle +rtm
Haswell-IBRS Intel 6/60 6/63 6/69 6/70 host guest : Haswell +spec-ctrl
Broadwell-noTSX Intel 6/61 6/71 6/79 6/86 host guest : Haswell-noTSX +3dnowprefetch +adx +rdseed +smap
Broadwell-noTSX-IBRS Intel 6/61 6/71 6/79 6/86 host guest : Broadwell-noTSX +spec-ctrl
Broadwell Intel 6/61 6/71 6/79 6/86 host guest : Broadwell-noTSX +hle +rtm
Broadwell-IBRS Intel 6/61 6/71 6/79 6/86 host guest : Broadwell +spec-ctrl
Skylake-Client Intel 6/94 6/78 6/142 6/158 host guest : Broadwell +abm +arat +f16c +mpx +rdrand +vme +xgetbv1 +xsavec +xsaveopt
Skylake-Client-IBRS Intel 6/94 6/78 6/142 6/158 host guest : Skylake-Client +spec-ctrl
Skylake-Client-noTSX-IBRS Intel 6/94 6/78 6/142 6/158 host : Skylake-Client-IBRS -hle -rtm
Skylake-Server Intel 6/85/0-4 host guest : Skylake-Client +avx512bw +avx512cd +avx512dq +avx512f +avx512vl +clwb +pdpe1gb
Skylake-Server-IBRS Intel 6/85/0-4 host guest : Skylake-Server +spec-ctrl
Skylake-Server-noTSX-IBRS Intel 6/85/0-4 host : Skylake-Server-IBRS -hle -rtm
Cascadelake-Server Intel 6/85/5-7 host guest : Skylake-Server-IBRS +avx512vnni +clflushopt +ssbd
Cascadelake-Server-noTSX Intel 6/85/5-7 host : Cascadelake-Server -hle -rtm
Icelake-Client Intel 6/126 host guest : Skylake-Client-IBRS +avx512-vpopcntdq +avx512bitalg +avx512vbmi +avx512vbmi2 +avx512vnni +gfni +pku +ssbd +umip +vaes +vpclmulqdq +wbnoinvd ~intel-pt
Icelake-Client-noTSX Intel 6/126 host : Icelake-Client -hle -rtm ~intel-pt
Icelake-Server Intel 6/106 host guest : Icelake-Client +avx512bw +avx512cd +avx512dq +avx512f +avx512vl +clflushopt +clwb +la57 +pdpe1gb ~intel-pt
Icelake-Server-noTSX Intel 6/106 host : Icelake-Server -hle -rtm ~intel-pt
Cooperlake Intel 6/85/10-11 host guest : Cascadelake-Server +arch-capabilities +avx512-bf16 +ibrs-all +mds-no +pku +pschange-mc-no +rdctl-no +skip-l1dfl-vmentry +stibp +taa-no -mpx
Snowridge Intel 6/134 host guest : IvyBridge-IBRS +3dnowprefetch +arat +arch-capabilities +cldemote +clflushopt +clwb +core-capability +gfni +movbe +movdir64b +movdiri +pdpe1gb +rdseed +sha-ni +smap +split-lock-detect +ssbd +umip +xgetbv1 +xsavec +xsaveopt -avx -f16c
athlon AMD host guest : pentiumpro +3dnow +3dnowext +mmxext +mtrr +pse36 +vme
phenom AMD host guest : qemu64 +3dnow +3dnowext +fxsr_opt +mmxext +monitor -cx16
Opteron_G1 AMD 15/6 host guest : cpu64-rhel5
Opteron_G2 AMD 15/6 host guest : qemu64 +lahf_lm +rdtscp
Opteron_G3 AMD 15/6 host guest : Opteron_G2 +abm +misalignsse +popcnt +sse4a ~monitor
Opteron_G4 AMD 21/1 host guest : SandyBridge +3dnowprefetch +abm +fma4 +misalignsse +pdpe1gb +sse4a +svm +xop -tsc-deadline -x2apic
Opteron_G5 AMD 21/2 host guest : Opteron_G4 +f16c +fma +tbm
EPYC AMD 23/1 host guest : Skylake-Client-noTSX-IBRS +clflushopt +cr8legacy +fxsr_opt +misalignsse +mmxext +osvw +pdpe1gb +sha-ni +sse4a +svm -erms -invpcid -mpx -pcid -spec-ctrl -tsc-deadline -x2apic ~monitor
EPYC-IBPB AMD 23/1 host guest : EPYC +ibpb ~monitor
EPYC-Rome AMD 23/49 host guest : EPYC-IBPB +amd-stibp +clwb +clzero +npt +nrip-save +perfctr_core +rdpid +umip +wbnoinvd +xsaveerptr
EPYC-Milan AMD 25/1 host guest : EPYC-Rome +amd-ssbd +erms +fsrm +ibrs +invpcid +pcid +pku +svme-addr-chk +xsaves
Dhyana Hygon 24/0 host guest : EPYC-IBPB -aes -pclmuldq -sha-ni ~monitor
`;
