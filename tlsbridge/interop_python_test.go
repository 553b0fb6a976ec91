package tlsbridge_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

// pythonPeer serves case after case: it reads one as JSON, as a server prints
// its port, and prints what the case came to.
const pythonPeer = `
import json, socket, ssl, sys
server = sys.argv[1] == "server"

def context(x):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    ctx.minimum_version = ctx.maximum_version = getattr(ssl.TLSVersion, x["version"])
    ctx.load_verify_locations(x["ca"])
    if server:
        ctx.load_cert_chain(x["cert"], x["key"])
        if x["mtls"]:
            ctx.verify_mode = ssl.CERT_REQUIRED
    elif x["mtls"]:
        ctx.load_cert_chain(x["ccert"], x["ckey"])
    if x["alpn"]:
        ctx.set_alpn_protocols([x["alpn"]])
    return ctx

def dialog(sock, *turns):
    f = sock.makefile("rb", buffering=0)
    for say, expect in turns:
        sock.sendall(say)
        if expect:
            line = f.readline()
            assert line.startswith(expect), line

def exactly(s, n):
    got = b""
    while len(got) < n:
        p = s.recv(n - len(got))
        assert p, "early end"
        got += p
    return got

def clear(sock):
    sock.sendall(b"clear\n")
    assert exactly(sock, 6) == b"clear\n"

def wrap(ctx, x, sock, session=None):
    return ctx.wrap_socket(sock, server_side=server, session=session, suppress_ragged_eofs=False,
                           server_hostname=None if server else x["name"])

def echo(s):
    while data := s.recv(65536):
        s.sendall(data)

def hear(s, x):
    s.sendall(x["message"].encode())
    assert exactly(s, len(x["message"])) == x["message"].encode()

def both(x, ctx, sock, n, session):
    if x["starttls"] and server:
        dialog(sock, (b"220 py\r\n", b"EHLO"), (b"250-py\r\n250 STARTTLS\r\n", b"STARTTLS"), (b"220 go\r\n", b""))
    elif x["starttls"]:
        dialog(sock, (b"", b"220"), (b"EHLO x\r\n", b"250-"), (b"", b"250"), (b"STARTTLS\r\n", b"220"))
    s = wrap(ctx, x, sock, session)
    assert not x["alpn"] or s.selected_alpn_protocol() == x["alpn"], s.selected_alpn_protocol()
    assert s.session_reused == (n > 0), s.session_reused
    (echo(s) if server else hear(s, x))
    session = s.session
    if not server and not x["unwrap"]:
        s.close()
        return session
    plain = s.unwrap()
    if x["again"]:
        clear(plain)
        s = wrap(ctx, x, plain)
        (echo(s) if server else hear(s, x))
        plain = s.unwrap()
    plain.close()
    return session

def run(x):
    ctx, session = context(x), None
    if server:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(20)
            print(listener.getsockname()[1], flush=True)
            for n in range(x["connections"]):
                sock, _ = listener.accept()
                sock.settimeout(20)
                both(x, ctx, sock, n, None)
        return
    for n in range(x["connections"]):
        session = both(x, ctx, socket.create_connection(("127.0.0.1", x["port"]), 20), n, session)

for line in sys.stdin:
    try:
        run(json.loads(line))
        print(json.dumps(""), flush=True)
    except Exception as e:
        print(json.dumps(repr(e)), flush=True)
`

func pythonLacks(x exam) string {
	if x.feat == featKeyUpdate {
		return "Python's ssl has no call for it"
	}
	return ""
}

// pythonProcess is one python3 that does a role's cases.
type pythonProcess struct {
	in  io.Writer
	out io.Reader
	dec *json.Decoder
	ca  string
	of  func(exam) *identity
}

func startPython(t *testing.T, role string) (*pythonProcess, string) {
	t.Helper()
	exe, absent := find("python3", "-c", "import ssl")
	if absent != "" {
		return nil, absent
	}
	p := new(pythonProcess)
	p.ca, p.of = onDisk(t)
	cmd := exec.Command(exe, "-c", pythonPeer, role)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if stderr.Len() > 0 {
			t.Logf("python3: %s", stderr.Bytes())
		}
	})
	p.in, p.out, p.dec = in, out, json.NewDecoder(out)
	return p, ""
}

// begin hands a case over.
func (p *pythonProcess) begin(x exam, port int) error {
	id := p.of(x)
	version := map[tlsbridge.TLSVersion]string{tlsbridge.TLSv1_2: "TLSv1_2", tlsbridge.TLSv1_3: "TLSv1_3"}[x.version]
	alpn := ""
	if x.feat == featALPN {
		alpn = alpnName
	}
	return json.NewEncoder(p.in).Encode(map[string]any{
		"version": version, "ca": p.ca, "cert": id.cert, "key": id.key, "ccert": id.ccert, "ckey": id.ckey,
		"mtls": x.feat == featClientCert, "alpn": alpn, "starttls": x.feat == featSTARTTLS, "again": x.feat == featAgain,
		"unwrap":      x.feat == featUnwrap || x.feat == featAgain,
		"connections": x.connections(), "port": port, "message": x.message(), "name": serverName,
	})
}

func (p *pythonProcess) wait() error {
	var text string
	if err := p.dec.Decode(&text); err != nil {
		return fmt.Errorf("python3: %w", err)
	}
	if text != "" {
		return errors.New(text)
	}
	return nil
}

func pythonClient(t *testing.T) *peer {
	t.Helper()
	process, absent := startPython(t, "client")
	return &peer{name: "CPython client", absent: absent, lacks: pythonLacks, client: func(_ *testing.T, x exam, port int) error {
		return errors.Join(process.begin(x, port), process.wait())
	}}
}

func pythonServer(t *testing.T) *peer {
	t.Helper()
	process, absent := startPython(t, "server")
	return &peer{name: "CPython server", absent: absent, lacks: pythonLacks, server: func(t *testing.T, x exam) (int, func() error) {
		t.Helper()
		must(t, process.begin(x, 0))
		var port int
		must(t, process.dec.Decode(&port))
		return port, process.wait
	}}
}
