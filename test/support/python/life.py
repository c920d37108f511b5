"""A guest's whole life through python3-libvirt: its definition on standard input, what was seen as JSON on standard output."""
import json, libvirt, sys, threading
libvirt.virEventRegisterDefaultImpl()
def loop():
    while True:
        libvirt.virEventRunDefaultImpl()
threading.Thread(target=loop, daemon=True).start()
conn = libvirt.open('qemu:///system')
events, changed = [], threading.Condition()
def lifecycle(conn, dom, event, detail, opaque):
    with changed:
        events.append([event, detail])
        changed.notify_all()
conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle, None)
def wait(event):
    with changed:
        assert changed.wait_for(lambda: any(e[0] == event for e in events), 30), 'event %d' % event
out = {}
dom = conn.defineXML(sys.stdin.read())
out['uuid'] = dom.UUIDString()
out['persistent'] = dom.isPersistent()
dom.create()
out['state'] = dom.state()
out['id'] = dom.ID()
stream = conn.newStream()
dom.openConsole(None, stream, libvirt.VIR_DOMAIN_CONSOLE_FORCE)
text = b''
while b'Press a key' not in text:
    text += stream.recv(4096)
stream.send(b'p')
while b'You pressed: p' not in text:
    text += stream.recv(4096)
stream.abort()
out['console'] = text.decode()
dom.suspend()
out['suspended'] = dom.state()
dom.resume()
out['xml'] = dom.XMLDesc()
out['stats'] = sorted(conn.getAllDomainStats()[0][1])[:3]
out['list'] = [d.name() for d in conn.listAllDomains()]
try:
    conn.lookupByName('nobody')
except libvirt.libvirtError as e:
    out['missing'] = [e.get_error_code(), e.get_error_domain(), e.get_error_message()]
dom.shutdown()
wait(libvirt.VIR_DOMAIN_EVENT_STOPPED)
out['final'] = dom.state()
dom.undefine()
wait(libvirt.VIR_DOMAIN_EVENT_UNDEFINED)
out['events'] = events
print(json.dumps(out))
