package eyeballs_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/eyeballs"
)

func TestInterleave(t *testing.T) {
	for in, want := range map[string]string{
		"":       "",
		"a":      "a",
		"aaB":    "aBa",
		"Baa":    "Baa",
		"aAbBcd": "aAbBcd",
		"abcAB":  "aAbBc",
		"ABabc":  "AaBbc",
	} {
		got := eyeballs.Interleave([]byte(in), func(c byte) bool { return c >= 'a' })
		if string(got) != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
