package tlsbridge_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/pollux-net/pollux/tlsbridge"
)

// talkOnce makes a connection with a byte each way, so that a client of TLS 1.3
// has its ticket, and returns both sides.
func talkOnce(t *testing.T, cctx, sctx *tlsbridge.Context, session *tlsbridge.Session) (client, server *tlsbridge.Socket) {
	t.Helper()
	a, b := socketpair(t)
	client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName, Session: session})
	must(t, err)
	server, err = sctx.Wrap(b, tlsbridge.Options{})
	must(t, err)
	closeAfter(t, client, server)
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	must(t, server.SendAll([]byte("x")))
	must(t, recvFull(client, make([]byte, 1)))
	return client, server
}

// TestSessions resumes, and does not where it may not.
//
//inventory:row SSLSocket.session
//inventory:row SSLSocket.session_reused
//inventory:row SSLContext.session_stats
func TestSessions(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		cctx, sctx := contexts(t, v)
		first, firstServer := talkOnce(t, cctx, sctx, nil)
		s := first.Session()
		if len(s.ID()) != 32 || time.Since(s.Time()) > time.Minute || s.Timeout() != 2*time.Hour || s.TicketLifetimeHint() <= 0 || !s.HasTicket() {
			t.Errorf("%x %v %v %v %v", s.ID(), s.Time(), s.Timeout(), s.TicketLifetimeHint(), s.HasTicket())
		}
		if v == tlsbridge.TLSv1_3 && s.TicketLifetimeHint() != 7*24*time.Hour {
			t.Error(s.TicketLifetimeHint())
		}
		if first.SessionReused() || firstServer.SessionReused() || firstServer.Session() == nil || firstServer.Session().HasTicket() {
			t.Error("a first connection resumes nothing")
		}
		second, secondServer := talkOnce(t, cctx, sctx, s)
		if !second.SessionReused() || !secondServer.SessionReused() {
			t.Error("not resumed")
		}
		if same := bytes.Equal(second.Session().ID(), s.ID()); same != (v == tlsbridge.TLSv1_2) || same != second.Session().Equal(s) {
			t.Error("1.2 keeps the id, 1.3 does not")
		}
		if len(second.VerifiedChain()) != 2 {
			t.Error("a resumed connection is verified")
		}
		if third, _ := talkOnce(t, cctx, sctx, nil); third.SessionReused() || third.Session().Equal(s) {
			t.Error("a connection without a session resumes")
		}
		stranger, _ := contexts(t, v)
		_, other := contexts(t, v) // has other keys for tickets
		if fourth, _ := talkOnce(t, cctx, other, s); fourth.SessionReused() {
			t.Error("another server resumes")
		}
		want := tlsbridge.SessionStats{Connect: 4, ConnectGood: 4, Hits: 1, Misses: 1}
		if got := cctx.SessionStats(); got != want {
			t.Errorf("client: %+v", got)
		}
		want = tlsbridge.SessionStats{Accept: 3, AcceptGood: 3, Hits: 1}
		if got := sctx.SessionStats(); got != want {
			t.Errorf("server: %+v", got)
		}
		a, _ := socketpair(t)
		_, err := stranger.Wrap(a, tlsbridge.Options{ServerHostname: serverName, Session: s})
		wantValueError(t, err, "Session refers to a different SSLContext.")
	})
}

// TestSessionSetter is Python's rules for session = ....
//
//inventory:row SSLSocket.session
func TestSessionSetter(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	client, server := talkOnce(t, cctx, sctx, nil)
	s := client.Session()
	wantValueError(t, client.SetSession(s), "Cannot set session after handshake.")
	wantValueError(t, server.SetSession(server.Session()), "Cannot set session for server-side SSLSocket.")
	a, b := socketpair(t)
	client, server = wrap(t, a, b, cctx, sctx)
	if client.Session() != nil || server.Session() != nil || client.SessionReused() {
		t.Error("a session before the handshake")
	}
	var typed *tlsbridge.TypeError
	if err := client.SetSession(nil); !errors.As(err, &typed) || typed.Text != "Value is not a SSLSession." {
		t.Error(err)
	}
	must(t, client.SetSession(s))
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	if !client.SessionReused() {
		t.Error("not resumed")
	}
}

// TestTickets switches them off.
//
//inventory:row SSLContext.num_tickets
//inventory:row OP_NO_TICKET
func TestTickets(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for name, off := range map[string]func(c, s *tlsbridge.Context) error{
			"num_tickets":         func(_, s *tlsbridge.Context) error { return s.SetNumTickets(0) },
			"OP_NO_TICKET":        func(_, s *tlsbridge.Context) error { return s.SetOptions(s.Options() | tlsbridge.OP_NO_TICKET) },
			"OP_NO_TICKET client": func(c, _ *tlsbridge.Context) error { return c.SetOptions(c.Options() | tlsbridge.OP_NO_TICKET) },
		} {
			cctx, sctx := contexts(t, v)
			must(t, off(cctx, sctx))
			client, _ := talkOnce(t, cctx, sctx, nil)
			s := client.Session()
			if s == nil || s.HasTicket() || s.TicketLifetimeHint() != 0 {
				t.Errorf("%s: there is a ticket", name)
			}
			if again, _ := talkOnce(t, cctx, sctx, s); again.SessionReused() {
				t.Errorf("%s: resumed", name)
			}
		}
	})
	s, c := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER), newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
	for _, n := range []int{0, 1, 2} {
		if must(t, s.SetNumTickets(n)); s.NumTickets() != n {
			t.Error(s.NumTickets())
		}
	}
	wantValueError(t, s.SetNumTickets(-1), "value must be non-negative")
	wantErrors(t, s.SetNumTickets(3), errors.ErrUnsupported)
	wantValueError(t, c.SetNumTickets(1), "SSLContext is not a server context.")
	if c.NumTickets() != 2 {
		t.Error(c.NumTickets())
	}
}
