package fetch_test

import (
	"testing"

	"github.com/pollux-net/pollux/cmd/pollux/internal/fetch"
)

func TestParseTarget(t *testing.T) {
	for _, tc := range []struct {
		raw    string
		host   string
		port   int
		secure bool
	}{
		{"http://localhost", "localhost", 80, false},
		{"HTTPS://Example.com/path?q#f", "Example.com", 443, true},
		{"http://127.0.0.1:8080/", "127.0.0.1", 8080, false},
		{"https://[::1]:8443/", "::1", 8443, true},
		{"http://[fe80::1%25eth0]/", "fe80::1%eth0", 80, false},
		{"http://localhost:/", "localhost", 80, false},
	} {
		got, err := fetch.ParseTarget(tc.raw)
		if err != nil || got.Host != tc.host || got.Port != tc.port || got.Secure != tc.secure {
			t.Errorf("%s: %+v, %v", tc.raw, got, err)
		}
	}
	for _, raw := range []string{"", "localhost", "//localhost", "http:localhost", "http://", "http://:80", "http://a:0", "http://a:65536", "http://u@a", "http://é", "http://%zz"} {
		if got, err := fetch.ParseTarget(raw); err == nil {
			t.Errorf("%q: %+v", raw, got)
		}
	}
}
