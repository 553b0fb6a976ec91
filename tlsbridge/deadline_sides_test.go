package tlsbridge_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestDeadlineOfOneSide has either direction's deadline end a handshake, and
// an unwrap, with a silent peer: they do both.
func TestDeadlineOfOneSide(t *testing.T) {
	type sides interface {
		SetReadDeadline(t time.Time) error
		SetWriteDeadline(t time.Time) error
	}
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		fresh, _ := views(t, v)
		plain, _ := views(t, v)
		unwraps, _ := open(t, v)
		for _, s := range []*tlsbridge.Socket{plain.Socket(), unwraps} {
			s.SetTimeout(fdsock.NoTimeout)
		}
		for _, c := range []struct {
			name string
			of   sides
			call func() error
		}{
			{"view", fresh, fresh.Handshake},
			{"socket", plain.Socket(), plain.Socket().DoHandshake},
			{"unwrap", unwraps, func() error { _, err := unwraps.Unwrap(); return err }},
		} {
			for _, set := range []func(sides, time.Time) error{sides.SetReadDeadline, sides.SetWriteDeadline} {
				must(t, set(c.of, time.Now().Add(20*time.Millisecond)))
				if err := c.call(); !errors.Is(err, fdsock.ErrTimeout) {
					t.Errorf("%s: %v", c.name, err)
				}
				must(t, set(c.of, time.Time{}))
			}
		}
	})
}

// TestConnCloseUnwrapped has a view close the socket also when TLS is off it.
func TestConnCloseUnwrapped(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := views(t, v)
		both(t, client.Handshake, server.Handshake)
		for _, c := range []*tlsbridge.Conn{client, server} {
			sock := c.Socket().Drop()
			must(t, c.Close())
			if fd := sock.Fileno(); fd >= 0 {
				t.Errorf("descriptor %d is open", fd)
			}
			must(t, c.Close())
		}
	})
}
