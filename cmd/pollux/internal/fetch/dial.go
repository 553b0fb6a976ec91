package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// dial connects to the first of the host's addresses that answers. Each has
// its share of the time.
func (o *Options) dial(ctx context.Context) (*link, error) {
	infos, err := o.resolve(ctx)
	if err != nil {
		return nil, err
	}
	var failures []error
	for i, info := range infos {
		l, err := o.connect(ctx, info, share(o.Deadline, len(infos)-i))
		if err == nil {
			l.deadline = o.Deadline
			return l, nil
		}
		failures = append(failures, err)
		o.Log.Debug("failed", "error", err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failures...)
}

// share returns the deadline of the first of n attempts.
func share(deadline int64, n int) int64 {
	if deadline == reactor.Never {
		return deadline
	}
	now := reactor.Now()
	return now + (deadline-now)/int64(n)
}

// connect connects to one address.
func (o *Options) connect(ctx context.Context, info fdsock.AddrInfo, deadline int64) (*link, error) {
	sock, err := fdsock.NewOn(o.Group, info.Family, info.Type, info.Proto)
	if err != nil {
		return nil, err
	}
	l := &link{sock: sock, nonblocking: o.Nonblocking, deadline: deadline, log: o.Log}
	l.forget = context.AfterFunc(ctx, func() { _ = sock.Close() })
	addr := info.Addr
	o.Log.Debug("connect", "address", addr.String(), "fd", sock.Fileno())
	err = l.call("connect", wantWrite, func() error {
		err := sock.Connect(addr)
		if errors.Is(err, sys.EISCONN) { // on some systems, of the call that asks how the first has ended
			return nil
		}
		return err
	})
	if err != nil {
		l.close()
		if errors.Is(err, fdsock.ErrTimeout) {
			err = &fdsock.Error{Op: "connect", Addr: addr}
		}
		return nil, err
	}
	// The request is one small write; nothing must wait for the answer to it.
	_ = sock.SetSockOpt(fdsock.IPPROTO_TCP, fdsock.TCP_NODELAY, 1)
	local, _ := sock.GetSockName() // for the log only
	o.Log.Debug("connected", "local", local)
	return l, nil
}

// secure puts TLS on the connection.
func (l *link) secure(ctx *tlsbridge.Context, host string) error {
	s, err := ctx.Wrap(l.sock, tlsbridge.Options{ServerHostname: host, KeepRaggedEOFs: true})
	if err != nil {
		return err
	}
	l.tls = s
	l.log.Debug("handshake", "host", host)
	if err := l.call("do_handshake", wantRead, s.DoHandshake); err != nil {
		return err
	}
	l.log.Debug("secured", "version", s.Version(), "cipher", s.Cipher().Name, "protocol", s.SelectedALPNProtocol())
	return nil
}

// farewellTime is how long the peer may take to answer our close_notify. Not
// everyone does.
const farewellTime = 250 * time.Millisecond

// farewell ends TLS in good order. By then everything that counts has been
// received, and so a failure is only logged.
func (l *link) farewell() {
	if l.tls == nil {
		return
	}
	l.deadline = min(l.deadline, reactor.Now()+int64(farewellTime))
	err := l.call("unwrap", wantRead, func() error { _, err := l.tls.Unwrap(); return err })
	l.log.Debug("farewell", "error", err)
}

// Security is what a TLS connection has negotiated.
type Security struct {
	Version, Cipher string
	Peer            []*x509.Certificate
}
