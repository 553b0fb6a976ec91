package tlsbridge_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

// names returns the suites of a list, without those of TLS 1.3.
func cipherNames(t *testing.T, c *tlsbridge.Context) []string {
	t.Helper()
	var list []string
	for i, s := range c.GetCiphers() {
		if tls13 := s.Protocol == "TLSv1.3"; tls13 != (i < 3) {
			t.Errorf("%s at %d", s.Name, i)
		} else if !tls13 {
			list = append(list, s.Name)
		}
	}
	return list
}

// cipherLists are lists that select something from crypto/tls's suites.
var cipherLists = []string{
	"ALL", "DEFAULT", "HIGH", "HIGH:!aNULL:!MD5", "ECDHE+AESGCM", "ECDHE+AESGCM:ECDHE+CHACHA20", "AES128:AES256", "ALL:!AES128",
	"ALL:-AES:AES256", "ALL:+AES256", "ALL:+ECDHE:+AES128", "AES256-SHA", "AES128-SHA,AES256-SHA ECDHE-RSA-AES128-SHA;AES128-GCM-SHA256",
	"kRSA+AES:+AES128", "ALL:-ALL:AES256", "ALL:@STRENGTH", "AES128:AES256:@STRENGTH", "AES128:CHACHA20:@STRENGTH:-AES256",
	"ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-SHA:ECDHE-RSA-AES256-GCM-SHA384", "ECDSA", "aRSA:!kRSA", "SHA1", "SHA256", "TLSv1.2:!SHA256", "SSLv3",
	"ALL:!DHE:!PSK:!CAMELLIA", "ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM", "SUITEB128", "AESGCM:-ECDHE",
	"HIGH:!ECDHE:ECDHE+AES128", "@SECLEVEL=1:AES128", "RSA+AES128:EECDH+CHACHA20", "CHACHA20:+CHACHA20:AESGCM",
}

const cipherScript = `
import json, ssl, sys
out = []
for s in sys.argv[1:]:
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        c.set_ciphers(s)
        out.append(c.get_ciphers())
    except ssl.SSLError as e:
        sys.exit(s + ": " + str(e))
print(json.dumps(out))
`

// TestCipherListsAsPython selects suites as OpenSSL does, in its order, as far
// as crypto/tls has them, and describes them in its words.
//
//inventory:row SSLContext.set_ciphers
//inventory:row SSLContext.get_ciphers
func TestCipherListsAsPython(t *testing.T) {
	all := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
	must(t, all.SetCiphers("ALL"))
	known := cipherNames(t, all)
	if len(known) != 17 {
		t.Errorf("%d suites: %v", len(known), known)
	}
	var theirs [][]map[string]any
	python(t, &theirs, cipherScript, cipherLists...)
	for i, list := range cipherLists {
		c := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
		if err := c.SetCiphers(list); err != nil {
			t.Errorf("%s: %v", list, err)
			continue
		}
		var want []string
		for _, s := range theirs[i] {
			if name := s["name"].(string); slices.Contains(known, name) {
				want = append(want, name)
			}
		}
		if got := cipherNames(t, c); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", list, got, want)
		}
		for _, ours := range c.GetCiphers() {
			n := slices.IndexFunc(theirs[i], func(s map[string]any) bool { return s["name"] == ours.Name })
			if n < 0 {
				continue // seen above
			}
			var digest any
			if ours.Digest != "" {
				digest = ours.Digest
			}
			if got := (map[string]any{
				"id": float64(ours.ID), "name": ours.Name, "protocol": ours.Protocol, "description": ours.Description,
				"strength_bits": float64(ours.StrengthBits), "alg_bits": float64(ours.AlgBits), "aead": ours.AEAD,
				"symmetric": ours.Symmetric, "digest": digest, "kea": ours.KEA, "auth": ours.Auth,
			}); !reflect.DeepEqual(got, theirs[i][n]) {
				t.Errorf("got %v\nwant %v", got, theirs[i][n])
			}
		}
	}
}

// TestForeignCiphers knows the names of all suites that OpenSSL has, and the
// lists that people use.
func TestForeignCiphers(t *testing.T) {
	var theirs [][]map[string]any
	python(t, &theirs, cipherScript, "ALL:COMPLEMENTOFALL:@SECLEVEL=0")
	lists := []string{
		"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDH+AESGCM:DH+AESGCM:ECDH+AES:DH+AES:RSA+AESGCM:RSA+AES:!aNULL:!eNULL:!MD5:!DSS:!AESCCM",
		"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-CHACHA20-POLY1305",
		"HIGH:!aNULL:!eNULL:!EXPORT:!DES:!MD5:!PSK:!RC4:!SSLv2", "EECDH+ECDSA+AESGCM:EECDH+aRSA+SHA256:EECDH:EDH+aRSA:!RC4:!3DES:!LOW:!EXP:!SRP:!KRB5",
		"kEDH+AESGCM:AES128:CAMELLIA:!DES-CBC3-SHA:!EDH-RSA-DES-CBC3-SHA:!KRB5-DES-CBC3-SHA",
	}
	for _, s := range theirs[0] {
		lists = append(lists, "ALL:"+s["name"].(string))
	}
	if len(lists) < 100 {
		t.Errorf("only %d lists", len(lists))
	}
	c := newContext(t, tlsbridge.PROTOCOL_TLS)
	for _, list := range lists {
		if err := c.SetCiphers(list); err != nil {
			t.Errorf("%s: %v", list, err)
		}
	}
}

func FuzzCipherList(f *testing.F) {
	for _, list := range cipherLists {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		c, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS)
		must(t, err)
		if c.SetCiphers(list) == nil && len(c.GetCiphers()) <= 3 {
			t.Error("a list that selects nothing")
		}
	})
}

// TestCipherErrors refuses what selects nothing, and words that nobody knows.
//
//inventory:row SSLContext.set_ciphers
func TestCipherErrors(t *testing.T) {
	c := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
	before := cipherNames(t, c)
	for _, list := range []string{
		"", ":", "foo", "HIGH:foo", "!ALL", "-ALL", "+ALL", "@STRENGTH", "ALL:@FOO", "ALL:@SECLEVEL=9", "ALL:@SECLEVEL=", "AES+", "+", "!",
		"^$:,;?*'dorothyx", "TLS_AES_128_GCM_SHA256", "aNULL", "DHE-RSA-AES256-SHA", "ALL:!HIGH", "ALL:!ALL:AES:AES128-SHA", "COMPLEMENTOFDEFAULT", "AES128+AES256", "TLS_FOO", "ECDHE-FOO",
		"AES128:@SECLEVEL=4",
	} {
		err := c.SetCiphers(list)
		var e *tlsbridge.Error
		if !errors.As(err, &e) || e.Kind != tlsbridge.KindSSL || e.Err.Error()[:26] != "No cipher can be selected." {
			t.Errorf("%q: %v", list, err)
		}
	}
	if got := cipherNames(t, c); !slices.Equal(got, before) {
		t.Error("a refused list changed", got)
	}
}

// TestCiphersAreNegotiated uses each suite of TLS 1.2 with an ECDSA certificate.
//
//inventory:row SSLSocket.cipher
//inventory:row SSLSocket.shared_ciphers
func TestCiphersAreNegotiated(t *testing.T) {
	begin(t)
	for _, c := range []struct {
		list string
		want tlsbridge.UsedCipher
	}{
		{"ECDHE-ECDSA-AES256-GCM-SHA384", tlsbridge.UsedCipher{Name: "ECDHE-ECDSA-AES256-GCM-SHA384", Protocol: "TLSv1.2", Bits: 256}},
		{"ECDHE+CHACHA20", tlsbridge.UsedCipher{Name: "ECDHE-ECDSA-CHACHA20-POLY1305", Protocol: "TLSv1.2", Bits: 256}},
		{"ECDHE-ECDSA-AES128-SHA256", tlsbridge.UsedCipher{Name: "ECDHE-ECDSA-AES128-SHA256", Protocol: "TLSv1.2", Bits: 128}},
		{"SHA1+AES128", tlsbridge.UsedCipher{Name: "ECDHE-ECDSA-AES128-SHA", Protocol: "TLSv1.0", Bits: 128}},
	} {
		cctx, sctx := contexts(t, tlsbridge.TLSv1_2)
		must(t, sctx.SetCiphers("ALL"))
		must(t, cctx.SetCiphers(c.list))
		client, server := pair(t, cctx, sctx)
		if client.Cipher() != c.want || server.Cipher() != c.want {
			t.Errorf("%s: %v, %v", c.list, client.Cipher(), server.Cipher())
		}
		if shared := server.SharedCiphers(); !slices.Contains(shared, c.want) || client.SharedCiphers() != nil {
			t.Errorf("%s: shared %v, %v", c.list, shared, client.SharedCiphers())
		}
	}
	cctx, sctx := contexts(t, tlsbridge.TLSv1_2)
	must(t, cctx.SetCiphers("ECDHE+AES128"))
	must(t, sctx.SetCiphers("ECDHE+AES256"))
	errC, errS := meet(t, cctx, sctx, serverName)
	wantErr(t, errS, tlsbridge.KindSSL, "NO_SHARED_CIPHER")
	wantErr(t, errC, tlsbridge.KindSSL, "SSLV3_ALERT_HANDSHAKE_FAILURE")
}

// pair returns two nonblocking sockets that have shaken hands.
func pair(t *testing.T, cctx, sctx *tlsbridge.Context) (client, server *tlsbridge.Socket) {
	t.Helper()
	a, b := socketpair(t)
	client, server = wrap(t, a, b, cctx, sctx)
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	return client, server
}

// TestCurves lets both sides have one group in common, or none.
//
//inventory:row SSLContext.set_ecdh_curve
func TestCurves(t *testing.T) {
	begin(t)
	for _, name := range []string{"prime256v1", "secp384r1", "secp521r1", "X25519"} {
		cctx, sctx := contexts(t, 0)
		must(t, sctx.SetECDHCurve(name))
		if errC, errS := meet(t, cctx, sctx, serverName); errC != nil || errS != nil {
			t.Error(name, errC, errS)
		}
		other := "secp384r1"
		if name == other {
			other = "X25519"
		}
		must(t, cctx.SetECDHCurve(other))
		if errC, errS := meet(t, cctx, sctx, serverName); errC == nil || errS == nil {
			t.Error("different curves agree")
		}
	}
	c := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	for _, name := range []string{"foo", "", "P-256", "x25519", "secp256r1"} {
		wantValueError(t, c.SetECDHCurve(name), "unknown elliptic curve name '"+name+"'")
	}
	wantErrors(t, c.SetECDHCurve("secp256k1"), errors.ErrUnsupported)
}
