package dispatch

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/tlsbridge"
)

// Dispatcher is asyncore's dispatcher: a nonblocking socket in a [Map], and
// what to do with its events. Init makes it ready; it must not be copied.
type Dispatcher struct {
	self      Handler
	channels  *Map
	transport transport
	socket    *fdsock.Socket // the transport's; nil if it has none
	fd        int            // the key in the map; -1 if it is not there

	connected, accepting, connecting bool
	addr                             fdsock.Addr

	ignored      []string
	logTo, infos io.Writer
}

// Init tells the dispatcher whom it is embedded in and which map it goes into
// once it has a socket; it panics if that is nil. Without it the other methods
// panic.
func (d *Dispatcher) Init(self Handler, m *Map) {
	if self == nil || m == nil {
		panic("dispatch: Init needs the channel that the Dispatcher is embedded in, and a map: NewMap makes one")
	}
	*d = Dispatcher{self: self, channels: m, transport: none{}, fd: -1, ignored: []string{"warning"}}
}

// me is whom the dispatcher is embedded in.
func (d *Dispatcher) me() Handler {
	if d.self == nil {
		panic("dispatch: the channel is not ready: call Init first")
	}
	return d.self
}

// conn is the transport, none before there is one.
func (d *Dispatcher) conn() transport {
	d.me()
	return d.transport
}

// Attach gives the dispatcher a socket, which it makes nonblocking and owns
// from then on, unless it fails. It need not be connected. Python's
// dispatcher(sock).
func (d *Dispatcher) Attach(sock *fdsock.Socket) error {
	d.me()
	sock.SetBlocking(false)
	d.setTransport(plain{sock}, sock)
	return d.find()
}

// AttachTLS is Attach for a TLS socket. Recv and Send make the handshake if it
// has not been made.
func (d *Dispatcher) AttachTLS(sock *tlsbridge.Socket) error {
	d.me()
	sock.SetBlocking(false)
	d.setTransport(secure{sock}, sock.Socket())
	return d.find()
}

// find finds out whether the socket is connected, and to whom.
func (d *Dispatcher) find() error {
	addr, err := d.socket.GetPeerName()
	switch {
	case err == nil:
		d.connected, d.addr = true, addr
	case !errors.Is(err, sys.ENOTCONN) && !errors.Is(err, sys.EINVAL):
		d.DelChannel()
		d.transport, d.socket = none{}, nil // it stays the caller's
		return err
	}
	return nil
}

// CreateSocket makes a nonblocking socket of a family ([fdsock.AF_INET]) and
// type ([fdsock.SOCK_STREAM]).
func (d *Dispatcher) CreateSocket(family, typ int) error {
	d.me()
	sock, err := fdsock.New(family, typ, 0)
	if err != nil {
		return err
	}
	sock.SetBlocking(false)
	d.setTransport(plain{sock}, sock)
	return nil
}

// setTransport replaces what the dispatcher has, which it does not close.
func (d *Dispatcher) setTransport(t transport, sock *fdsock.Socket) {
	d.DelChannel()
	d.transport, d.socket, d.fd = t, sock, t.Fileno()
	d.AddChannel()
}

// AddChannel puts the dispatcher into its map, unless it has no descriptor.
func (d *Dispatcher) AddChannel() {
	if d.fd = d.conn().Fileno(); d.fd >= 0 {
		d.channels.Set(d.fd, d.me())
	}
}

// DelChannel takes the dispatcher off its map, unless somebody else has its
// number there by now.
func (d *Dispatcher) DelChannel() {
	if self := d.me(); d.fd >= 0 && d.channels.Get(d.fd) == Channel(self) {
		d.channels.Delete(d.fd)
	}
	d.fd = -1
}

// Socket returns the socket, that under TLS for a TLS socket; nil for a file
// or if there is none yet. After Close it is the closed one.
func (d *Dispatcher) Socket() *fdsock.Socket { return d.socket }

// Fileno returns the descriptor, -1 if there is none.
func (d *Dispatcher) Fileno() int { return d.conn().Fileno() }

// Connected reports whether the connection is made.
func (d *Dispatcher) Connected() bool { return d.connected }

// Connecting reports whether a connection is being made.
func (d *Dispatcher) Connecting() bool { return d.connecting }

// Accepting implements [Channel].
func (d *Dispatcher) Accepting() bool { return d.accepting }

// Addr returns the peer's address, or the one that is listened at; nil before.
func (d *Dispatcher) Addr() fdsock.Addr { return d.addr }

// SetReuseAddr allows the port to be one that was just in use. That it cannot
// be allowed is no error.
func (d *Dispatcher) SetReuseAddr() {
	if d.socket != nil {
		_ = d.socket.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_REUSEADDR, 1)
	}
}

// String describes the dispatcher: "<*main.server listening 127.0.0.1:80 at
// 0xc000012345>".
func (d *Dispatcher) String() string {
	words := []string{fmt.Sprintf("%T", d.self)}
	switch {
	case d.accepting && d.addr != nil:
		words = append(words, "listening")
	case d.connected:
		words = append(words, "connected")
	}
	if d.addr != nil {
		words = append(words, d.addr.String())
	}
	return fmt.Sprintf("<%s at %p>", strings.Join(words, " "), d)
}
