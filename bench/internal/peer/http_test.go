package peer

import (
	"errors"
	"strings"
	"testing"
)

func TestScan(t *testing.T) {
	for _, c := range []struct {
		text           string
		requests, used int
		err            error
	}{
		{"", 0, 0, nil},
		{HTTPRequest[:len(HTTPRequest)-1], 0, 0, nil},
		{HTTPRequest, 1, len(HTTPRequest), nil},
		{strings.Repeat(HTTPRequest, 3) + "GET", 3, 3 * len(HTTPRequest), nil},
		{HTTPRequest + "POST / HTTP/1.1\r\n\r\n", 1, len(HTTPRequest), errRequest},
	} {
		if n, used, err := scan([]byte(c.text)); n != c.requests || used != c.used || !errors.Is(err, c.err) {
			t.Errorf("%q: got %d, %d, %v", c.text, n, used, err)
		}
	}
}
