package fdsock_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// hostsToEncode are names in many scripts, and bad ones.
var hostsToEncode = []string{
	"example.com", "EXAMPLE.com", "example.com.", "a..b", ".a", "a..", ".", "bücher.example", "BÜCHER.Example.", "faß.de", "ΣΊΣΥΦΟΣ.gr",
	"例え。テスト", "例え．テスト", "例え｡テスト。", "ü..b", "ü。", "。ü", "。。", "ü.", ".ü", "ü。。", "παράδειγμα.δοκιμή", "пример.испытание",
	"ｅｘａｍｐｌｅ.com", "ａ..b", "\u00ad", "a\u00adb", "ü\u200db", "\u00adü", "xn--ü", "XN--Ü", "xn--bcher-kva.example", "😀.example",
	"\u0627\u0644", "\u06271", "1\u0627", "a\u0627", "\u0627a\u0627", "\u06dd\u0627", "\ue000", "\ufffd", "\u0080x", "\u00a0", "a\u3000ü",
	"\u2ff0", "\U000e0041ü", "\ufdd0", "ﬁle", "ŉ", "İstanbul", "ıstanbul", "Ⅳ.example", "½.example", "K.example", "ﷺ", "ß", "ẞ", "K\u030c",
	"…", "⒈.com", "ü b", "ü\tb", "ü_b", "-ü-", "ü/", "", "\U0001d400", "\u1680ü", "\u0340ü", "日本語。ＪＰ", "ǅ", "ΐ", "ΰ",
}

// TestIDNA encodes names as Python's codec does.
//
//inventory:row getaddrinfo host idna
func TestIDNA(t *testing.T) {
	long := "ü"
	hosts := hostsToEncode
	for range 8 {
		hosts = append(hosts, long+".example", "example."+long, long)
		long += long
	}
	for _, n := range []int{62, 63, 64} {
		label := fmt.Sprintf("%0*d", n, 1)
		hosts = append(hosts, label, label+".example", label+".", "ü."+label, label+"ü")
	}
	var calls []pyCall
	for _, host := range hosts {
		calls = append(calls, pyCall{"idna", []any{host}})
	}
	// The codec's own text is what the calls of socket wrap.
	sameAsPython(t, calls, func(c pyCall) (any, error) {
		encoded, err := fdsock.EncodeHost(c.Args[0].(string))
		return packed(encoded), err
	})
}

// TestIDNACharacters encodes every character that Unicode 3.2 has, of the
// ideographs and syllables some. Those differ that Unicode has changed since:
// Cherokee letters have cases now, and five ideographs other compatible forms.
func TestIDNACharacters(t *testing.T) {
	t.Parallel()
	var chars []rune
	for r := rune(0x80); r <= 0x10ffff; r++ {
		switch {
		case r >= 0x13a0 && r <= 0x13f4, r == 0x2f868, r == 0x2f874, r == 0x2f91f, r == 0x2f95f, r == 0x2f9bf:
		case r >= 0x3400 && r < 0x9f00, r >= 0xac00 && r < 0xf8f0, r >= 0x20000 && r < 0x2f800, r >= 0x2fb00 && r < 0xe0000, r >= 0xe0100:
			r += 0x3f
			if r < 0xd800 || r > 0xdfff {
				chars = append(chars, r)
			}
		default:
			if r < 0xd800 || r > 0xdfff {
				chars = append(chars, r)
			}
		}
	}
	var names []*string // null: a character that Unicode 3.2 does not have
	answers := python(t, []pyCall{{"idna32", []any{string(chars)}}})
	want(t, json.Unmarshal(answers[0].Value, &names), nil)
	if len(names) != len(chars) {
		t.Fatalf("%d answers for %d characters", len(names), len(chars))
	}
	compared, different := 0, 0
	for i, wanted := range names {
		if wanted == nil {
			continue
		}
		compared++
		got, err := fdsock.EncodeHost("b" + string(chars[i]))
		if err != nil {
			got = "!" + failureOf(t, err).Text
		}
		if got != *wanted {
			if different++; different < 20 {
				t.Errorf("%U: here %q, Python %q", chars[i], got, *wanted)
			}
		}
	}
	if different > 0 || compared < 10_000 {
		t.Errorf("%d characters of %d", different, compared)
	}
}

// TestIDNAOfBytes leaves what is no text alone.
//
//inventory:row getaddrinfo host idna
func TestIDNAOfBytes(t *testing.T) {
	const host = "\xff..b"
	if got, err := fdsock.EncodeHost(host); got != host || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	_, err := fdsock.GetAddrInfo(t.Context(), host, "80", fdsock.Hints{})
	wantGAI(t, err)
}

// TestIDNAInAddresses has every call that takes a host refuse one that cannot
// be encoded, and leaves ASCII hosts of addresses to the resolver.
//
//inventory:row getaddrinfo host idna
func TestIDNAInAddresses(t *testing.T) {
	onDefault(t)
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	const bad = "ü..example"
	ctx := t.Context()
	for name, call := range map[string]func(host string) error{
		"connect": func(host string) error { return s.Connect(fdsock.Inet(host, 1)) },
		"bind":    func(host string) error { return s.Bind(fdsock.Inet(host, 1)) },
		"sendto":  func(host string) error { _, err := s.SendTo(nil, fdsock.Inet(host, 1)); return err },
		"getaddrinfo": func(host string) error {
			_, err := fdsock.GetAddrInfo(ctx, host, "1", fdsock.Hints{})
			return err
		},
		"gethostbyname":    func(host string) error { _, err := fdsock.GetHostByName(ctx, host); return err },
		"gethostbyname_ex": func(host string) error { _, err := fdsock.GetHostByNameEx(ctx, host); return err },
		"gethostbyaddr":    func(host string) error { _, err := fdsock.GetHostByAddr(ctx, host); return err },
	} {
		t.Run(name, func(t *testing.T) {
			var unicode *fdsock.UnicodeError
			if err := call(bad); !errors.As(err, &unicode) {
				t.Errorf("error is %v", err)
			}
			wantGAI(t, call("ü.invalid"))
		})
	}
	wantGAI(t, s.Connect(fdsock.Inet("a..b", 1)))
}
