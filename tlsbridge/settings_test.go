package tlsbridge_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

var allProtocols = []tlsbridge.Protocol{
	tlsbridge.PROTOCOL_TLS, tlsbridge.PROTOCOL_TLSv1, tlsbridge.PROTOCOL_TLSv1_1, tlsbridge.PROTOCOL_TLSv1_2,
	tlsbridge.PROTOCOL_TLS_CLIENT, tlsbridge.PROTOCOL_TLS_SERVER,
}

// settingsOf is all that a context is set to.
func settingsOf(c *tlsbridge.Context) string {
	return fmt.Sprint(int(c.Protocol()), uint64(c.Options()), int(c.MinimumVersion()), int(c.MaximumVersion()), int(c.VerifyMode()), c.CheckHostname(),
		uint64(c.VerifyFlags()), c.NumTickets(), c.PostHandshakeAuth(), c.HostnameChecksCommonName(), c.SecurityLevel(), c.CertStoreStats(), c.KeylogFilename() == "")
}

const settingsScript = `
import json, ssl, sys
out = []
for p in map(int, sys.argv[1:]):
    c = ssl.SSLContext(p)
    s = c.cert_store_stats()
    out.append(" ".join(map(str, [p, int(c.options), int(c.minimum_version), int(c.maximum_version), int(c.verify_mode), str(c.check_hostname).lower(),
        int(c.verify_flags), c.num_tickets, str(c.post_handshake_auth).lower(), str(c.hostname_checks_common_name).lower(), c.security_level,
        "{%d %d %d}" % (s["x509"], s["crl"], s["x509_ca"]), str(c.keylog_filename is None).lower()])))
print(json.dumps(out))
`

// TestNewContextAsPython has every protocol begin with Python's settings.
//
//inventory:row SSLContext
//inventory:row SSLContext.protocol
//inventory:row SSLContext.security_level
func TestNewContextAsPython(t *testing.T) {
	for _, p := range []tlsbridge.Protocol{-1, 0, 1, 6, 15, 18} {
		_, err := tlsbridge.NewContext(p)
		wantValueError(t, err, fmt.Sprintf("invalid or unsupported protocol version %d", int(p)))
		if tlsbridge.GetProtocolName(p) != "<unknown>" {
			t.Error(p)
		}
	}
	args := make([]string, 0, len(allProtocols))
	for _, p := range allProtocols {
		args = append(args, fmt.Sprint(int(p)))
	}
	var theirs []string
	python(t, &theirs, settingsScript, args...)
	for i, p := range allProtocols {
		if got := settingsOf(newContext(t, p)); got != theirs[i] {
			t.Errorf("%v: got %s, want %s", p, got, theirs[i])
		}
	}
}

// TestVersionSetters are Python's rules for minimum_version and
// maximum_version.
//
//inventory:row SSLContext.minimum_version
//inventory:row SSLContext.maximum_version
func TestVersionSetters(t *testing.T) {
	const newest, oldest = tlsbridge.MAXIMUM_SUPPORTED, tlsbridge.MINIMUM_SUPPORTED
	for _, c := range []struct{ set, minimum, maximum tlsbridge.TLSVersion }{
		{newest, tlsbridge.TLSv1_3, newest},
		{oldest, oldest, tlsbridge.TLSv1},
		{tlsbridge.TLSv1, tlsbridge.TLSv1, tlsbridge.TLSv1},
		{tlsbridge.TLSv1_1, tlsbridge.TLSv1_1, tlsbridge.TLSv1_1},
		{tlsbridge.TLSv1_2, tlsbridge.TLSv1_2, tlsbridge.TLSv1_2},
		{tlsbridge.TLSv1_3, tlsbridge.TLSv1_3, tlsbridge.TLSv1_3},
	} {
		ctx := newContext(t, tlsbridge.PROTOCOL_TLS)
		must(t, ctx.SetMinimumVersion(c.set))
		must(t, ctx.SetMaximumVersion(c.set))
		if ctx.MinimumVersion() != c.minimum || ctx.MaximumVersion() != c.maximum {
			t.Errorf("%v: %v to %v", c.set, ctx.MinimumVersion(), ctx.MaximumVersion())
		}
	}
	ctx := newContext(t, tlsbridge.PROTOCOL_TLS)
	for v, text := range map[tlsbridge.TLSVersion]string{0: "0x0", -3: "0xfffffffd", 0x305: "0x305"} {
		wantValueError(t, ctx.SetMinimumVersion(v), "Unsupported TLS/SSL version "+text)
		wantValueError(t, ctx.SetMaximumVersion(v), "Unsupported TLS/SSL version "+text)
	}
	must(t, ctx.SetMinimumVersion(tlsbridge.SSLv3)) // as far down as there is something
	wantValueError(t, ctx.SetMaximumVersion(tlsbridge.SSLv3), "Unsupported protocol version 0x300")
	const pinned = "The context's protocol doesn't support modification of highest and lowest version."
	for _, p := range []tlsbridge.Protocol{tlsbridge.PROTOCOL_TLSv1, tlsbridge.PROTOCOL_TLSv1_1, tlsbridge.PROTOCOL_TLSv1_2} {
		ctx := newContext(t, p)
		wantValueError(t, ctx.SetMinimumVersion(tlsbridge.TLSv1_2), pinned)
		wantValueError(t, ctx.SetMaximumVersion(tlsbridge.TLSv1_2), pinned)
		wantValueError(t, ctx.SetVersions(tlsbridge.TLSv1_2, tlsbridge.TLSv1_2), pinned)
	}
}

// TestVersionsAreNegotiated reaches each version in each way there is.
//
//inventory:row PROTOCOL_TLSv1
//inventory:row OP_NO_TLSv1
func TestVersionsAreNegotiated(t *testing.T) {
	begin(t)
	reach := func(c *tlsbridge.Context, want string) {
		t.Helper()
		_, sctx := contexts(t, 0)
		c.SetCheckHostname(false)
		must(t, c.SetVerifyMode(tlsbridge.CERT_NONE))
		must(t, c.SetCiphers("ALL"))
		must(t, sctx.SetCiphers("ALL"))
		must(t, sctx.SetMinimumVersion(tlsbridge.MINIMUM_SUPPORTED))
		client, server := pair(t, c, sctx)
		if client.Version() != want || server.Version() != want {
			t.Errorf("%s, want %s", client.Version(), want)
		}
	}
	for p, want := range map[tlsbridge.Protocol]string{
		tlsbridge.PROTOCOL_TLS: "TLSv1.3", tlsbridge.PROTOCOL_TLSv1: "TLSv1", tlsbridge.PROTOCOL_TLSv1_1: "TLSv1.1",
		tlsbridge.PROTOCOL_TLSv1_2: "TLSv1.2", tlsbridge.PROTOCOL_TLS_CLIENT: "TLSv1.3",
	} {
		reach(newContext(t, p), want)
	}
	options := tlsbridge.Option(0)
	for _, c := range []struct {
		off  tlsbridge.Option
		want string
	}{{0, "TLSv1.3"}, {tlsbridge.OP_NO_TLSv1_3, "TLSv1.2"}, {tlsbridge.OP_NO_TLSv1_2, "TLSv1.1"}, {tlsbridge.OP_NO_TLSv1_1, "TLSv1"}} {
		ctx := newContext(t, tlsbridge.PROTOCOL_TLS)
		must(t, ctx.SetMinimumVersion(tlsbridge.TLSv1))
		options |= c.off
		must(t, ctx.SetOptions(ctx.Options()|options))
		reach(ctx, c.want)
	}
	ctx := newContext(t, tlsbridge.PROTOCOL_TLS)
	must(t, ctx.SetOptions(options|tlsbridge.OP_NO_TLSv1))
	a, _ := socketpair(t)
	s, err := ctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	defer s.Close()
	s.SetTimeout(0)
	wantErr(t, s.DoHandshake(), tlsbridge.KindSSL, "NO_PROTOCOLS_AVAILABLE")

	must(t, ctx.SetMinimumVersion(tlsbridge.TLSv1_1))
	must(t, ctx.SetOptions(tlsbridge.OP_NO_TLSv1_2))
	b, _ := socketpair(t)
	_, err = ctx.Wrap(b, tlsbridge.Options{ServerHostname: serverName})
	wantErrors(t, err, errors.ErrUnsupported)
}

// TestOptionsAndFlags keeps what has an effect, and refuses what has none.
//
//inventory:row SSLContext.options
//inventory:row SSLContext.verify_flags
func TestOptionsAndFlags(t *testing.T) {
	c := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
	for _, o := range []tlsbridge.Option{0, tlsbridge.OP_ALL, tlsbridge.OP_ALL | tlsbridge.OP_NO_SSLv3 | tlsbridge.OP_NO_RENEGOTIATION | tlsbridge.OP_SINGLE_DH_USE} {
		if must(t, c.SetOptions(o)); c.Options() != o {
			t.Errorf("%x", c.Options())
		}
	}
	for _, o := range []tlsbridge.Option{1, 1 << 33, 0x8} {
		wantErrors(t, c.SetOptions(o), errors.ErrUnsupported)
	}
	for _, f := range []tlsbridge.VerifyFlags{0, 4, 12, 0x20, 0x80000, 0x8000} {
		if must(t, c.SetVerifyFlags(f)); c.VerifyFlags() != f {
			t.Errorf("%x", c.VerifyFlags())
		}
	}
	for _, f := range []tlsbridge.VerifyFlags{tlsbridge.VERIFY_ALLOW_PROXY_CERTS, 1, 1 << 40} {
		wantErrors(t, c.SetVerifyFlags(f), errors.ErrUnsupported)
	}
}

// TestIgnoreUnexpectedEOF takes an end without close_notify for an end, even
// where a socket would report it.
//
//inventory:row OP_IGNORE_UNEXPECTED_EOF
func TestIgnoreUnexpectedEOF(t *testing.T) {
	begin(t)
	for _, ignore := range []bool{false, true} {
		cctx, sctx := contexts(t, 0)
		if ignore {
			must(t, cctx.SetOptions(cctx.Options()|tlsbridge.OP_IGNORE_UNEXPECTED_EOF))
		}
		client, server := pair(t, cctx, sctx)
		must(t, server.Close())
		n, err := client.RecvInto(make([]byte, 1))
		if n != 0 || ignore && err != nil || !ignore && !tlsbridge.SSLEOFError(err) {
			t.Errorf("ignore %v: %d, %v", ignore, n, err)
		}
	}
}

// TestVerifyModeAndNames couples verify_mode and check_hostname as Python does.
//
//inventory:row SSLContext.verify_mode
//inventory:row SSLContext.check_hostname
//inventory:row SSLContext.hostname_checks_common_name
func TestVerifyModeAndNames(t *testing.T) {
	begin(t)
	c := newContext(t, tlsbridge.PROTOCOL_TLS)
	for _, bad := range []tlsbridge.VerifyMode{-1, 3, 5} {
		wantValueError(t, c.SetVerifyMode(bad), "invalid value for verify_mode")
	}
	must(t, c.SetVerifyMode(tlsbridge.CERT_OPTIONAL))
	c.SetCheckHostname(true)
	if c.VerifyMode() != tlsbridge.CERT_OPTIONAL || !c.CheckHostname() {
		t.Error("check_hostname raises CERT_NONE only")
	}
	root := grow(t, nil, ca("root"))
	leaf := grow(t, root, host())
	leaf.cert.Subject.CommonName = "leaf"
	cctx, sctx := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT), newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, sctx.LoadCertData(pemOf(leaf), leaf.keyPEM(t)))
	must(t, cctx.LoadVerifyData(pemOf(root)))
	if code, words := outcome(t, cctx, sctx, "leaf"); code != 0 {
		t.Error(code, words)
	}
	cctx.SetHostnameChecksCommonName(false)
	if code, _ := outcome(t, cctx, sctx, "leaf"); code != 62 || cctx.HostnameChecksCommonName() {
		t.Error(code)
	}
}

// TestImpossible is what crypto/tls cannot do: each says so.
//
//inventory:row SSLContext.post_handshake_auth
//inventory:row SSLSocket.verify_client_post_handshake
//inventory:row SSLContext.set_npn_protocols
//inventory:row SSLSocket.compression
//inventory:row SSLSocket.selected_npn_protocol
//inventory:row SSLContext impossible settings
func TestImpossible(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	must(t, sctx.SetPostHandshakeAuth(false))
	client, server := pair(t, cctx, sctx)
	_, binding := client.GetChannelBinding("tls-unique")
	for name, err := range map[string]error{
		"post_handshake_auth":          sctx.SetPostHandshakeAuth(true),
		"set_npn_protocols":            sctx.SetNPNProtocols("h2"),
		"verify_client_post_handshake": server.VerifyClientPostHandshake(),
		"get_channel_binding":          binding,
	} {
		if !errors.Is(err, errors.ErrUnsupported) || err.Error() == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if client.Compression() != "" || client.SelectedNPNProtocol() != "" {
		t.Error("compression or NPN")
	}
}

// TestChannelBinding is the same on both sides of TLS 1.2.
//
//inventory:row SSLSocket.get_channel_binding
//inventory:row SSLSocket.verify_client_post_handshake
func TestChannelBinding(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, tlsbridge.TLSv1_2)
	a, b := socketpair(t)
	client, server := wrap(t, a, b, cctx, sctx)
	if data, err := client.GetChannelBinding("tls-unique"); data != nil || err != nil {
		t.Error(data, err)
	}
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	ours, err := client.GetChannelBinding("tls-unique")
	must(t, err)
	theirs, err := server.GetChannelBinding("tls-unique")
	must(t, err)
	if len(ours) != 12 || string(ours) != string(theirs) {
		t.Errorf("%x, %x", ours, theirs)
	}
	_, err = client.GetChannelBinding("foo")
	wantValueError(t, err, "'foo' channel binding type not implemented")
	wantErr(t, server.VerifyClientPostHandshake(), tlsbridge.KindSSL, "WRONG_SSL_VERSION")
}

// TestSides has contexts make sockets for the other side, or for both.
//
//inventory:row SSLContext.wrap_socket
//inventory:row PROTOCOL_TLS
//inventory:row SSLSocket.server_side
func TestSides(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	a, b := socketpair(t)
	for _, c := range []struct {
		ctx  *tlsbridge.Context
		side tlsbridge.Side
		want string
	}{
		{cctx, tlsbridge.ServerSide, "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context"},
		{sctx, tlsbridge.ClientSide, "Cannot create a client socket with a PROTOCOL_TLS_SERVER context"},
	} {
		_, err := c.ctx.Wrap(a, tlsbridge.Options{Side: c.side, ServerHostname: serverName})
		if e := wantErr(t, err, tlsbridge.KindSSL, ""); e.Err.Error() != c.want {
			t.Error(err)
		}
	}
	two := newContext(t, tlsbridge.PROTOCOL_TLS)
	two.AddCertificate(pki().server.TLS())
	client, err := two.Wrap(a, tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	server, err := two.Wrap(b, tlsbridge.Options{Side: tlsbridge.ServerSide})
	must(t, err)
	closeAfter(t, client, server)
	if client.ServerSide() || !server.ServerSide() || client.ServerHostname() != serverName || server.ServerHostname() != "" {
		t.Error("the sides")
	}
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	for kind, want := range map[tlsbridge.Kind]tlsbridge.SSLErrorNumber{tlsbridge.KindCertVerification: 1, tlsbridge.KindSSL: 1, tlsbridge.KindEOF: 8} {
		if kind.Errno() != want {
			t.Error(kind, kind.Errno())
		}
	}
}

// TestServerHostnames are prepared as Python's idna codec does.
//
//inventory:row SSLSocket.server_hostname
func TestServerHostnames(t *testing.T) {
	begin(t)
	ctx := newContext(t, tlsbridge.PROTOCOL_TLS)
	long := string(make([]byte, 0, 64))
	for range 64 {
		long += "a"
	}
	for host, want := range map[string]string{
		"": "", "bücher.example": "xn--bcher-kva.example", "127.0.0.1": "127.0.0.1", "::1": "::1", "a b": "a b", "A_b": "A_b", "a.": "a.", "1.2.3": "1.2.3",
		"faß.de": "fass.de", "ü\u0378": "xn--tda68j", "BÜCHER。example": "xn--bcher-kva.example", // IDNA 2003, as Python's codec
	} {
		a, _ := socketpair(t)
		s, err := ctx.Wrap(a, tlsbridge.Options{ServerHostname: host})
		if err != nil || s.ServerHostname() != want {
			t.Errorf("%q: %v, %v", host, s, err)
		}
	}
	a, _ := socketpair(t)
	const text = "encoding with 'idna' codec failed (UnicodeError: "
	for host, want := range map[string]string{
		".a": "label empty or too long)", "a..b": "label empty or too long)", ".": "label empty or too long)", long: "label too long)", long + ".b": "label empty or too long)",
	} {
		_, err := ctx.Wrap(a, tlsbridge.Options{ServerHostname: host})
		wantValueError(t, err, text+want)
	}
	var typed *tlsbridge.TypeError
	if _, err := ctx.Wrap(a, tlsbridge.Options{ServerHostname: "a\x00b"}); !errors.As(err, &typed) {
		t.Error(err)
	}
	var value *tlsbridge.ValueError
	if _, err := ctx.Wrap(a, tlsbridge.Options{ServerHostname: "ü\u200e"}); !errors.As(err, &value) {
		t.Error(err)
	}
}
