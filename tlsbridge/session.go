package tlsbridge

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"time"
)

// Session is Python's SSLSession: what a client needs to resume a connection.
// It may be used for several connections, by any goroutine.
type Session struct {
	id     []byte
	since  time.Time
	hint   time.Duration
	state  *tls.ClientSessionState // nil: nothing to resume with
	origin *Context
}

const (
	// sessionTimeout is OpenSSL's default lifetime, which ours report.
	sessionTimeout = 2 * time.Hour
	// ticketLifetime is how long crypto/tls keeps a ticket of TLS 1.2, whose
	// lifetime hint it does not look at.
	ticketLifetime = 7 * 24 * time.Hour
)

// ID returns 32 bytes that tell sessions apart. crypto/tls has no session
// identifiers; this one is random, and stays over a resumption of TLS 1.2.
func (s *Session) ID() []byte { return append([]byte(nil), s.id...) }

// Time returns when the session began.
func (s *Session) Time() time.Time { return s.since }

// Timeout returns OpenSSL's default lifetime. The ticket's own is what counts.
func (s *Session) Timeout() time.Duration { return sessionTimeout }

// TicketLifetimeHint returns how long the ticket can be used, from Time on, or
// 0 if there is none.
func (s *Session) TicketLifetimeHint() time.Duration { return s.hint }

// HasTicket reports whether there is a ticket, and so something to resume.
func (s *Session) HasTicket() bool { return s.state != nil }

// Equal reports whether both are the same session: Python's ==.
func (s *Session) Equal(o *Session) bool {
	return s == o || s != nil && o != nil && string(s.id) == string(o.id)
}

// sessionSlot is the session cache of one client: it gives what was asked for,
// and takes what the server has sent. Called inside the engine.
type sessionSlot struct{ *link }

// Get implements tls.ClientSessionCache.
func (s sessionSlot) Get(string) (*tls.ClientSessionState, bool) {
	if s.preset == nil || s.preset.state == nil {
		return nil, false
	}
	return s.preset.state, true
}

// Put implements tls.ClientSessionCache. nil forgets a session that was no
// good.
func (s sessionSlot) Put(_ string, state *tls.ClientSessionState) {
	if state != nil {
		s.latest, s.session = state, nil
	}
}

// setSession is the setter of SSLSocket.session.
func (l *link) setSession(s *Session) error {
	switch {
	case s == nil:
		return &TypeError{"Value is not a SSLSession."}
	case s.origin != l.rules.ctx:
		return &ValueError{"Session refers to a different SSLContext."}
	case l.server:
		return &ValueError{"Cannot set session for server-side SSLSocket."}
	case l.begun:
		return &ValueError{"Cannot set session after handshake."}
	}
	l.preset = s
	return nil
}

// getSession returns the session, or nil before the end of the handshake.
func (l *link) getSession(cs tls.ConnectionState) *Session {
	if !cs.HandshakeComplete {
		return nil
	}
	if l.session == nil {
		l.session = l.newSession(cs)
	}
	return l.session
}

func (l *link) newSession(cs tls.ConnectionState) *Session {
	s := &Session{id: make([]byte, 32), since: wallTime(), state: l.latest, origin: l.rules.ctx}
	_, _ = rand.Read(s.id) // it never fails
	if cs.DidResume && l.preset != nil && cs.Version < tls.VersionTLS13 {
		s.id = l.preset.id
		if s.state == nil {
			s.state = l.preset.state
		}
	}
	if s.state != nil {
		s.hint = lifetime(s.state, cs.Version)
	}
	return s
}

// lifetime is that of a ticket: of TLS 1.3 from crypto/tls's own encoding,
// which has the time it was made behind the version, type and suite, and the
// time of its end before the last four bytes.
func lifetime(state *tls.ClientSessionState, version uint16) time.Duration {
	const createdAt, endOfUseBy = 5, 4
	_, session, err := state.ResumptionState()
	if err != nil || version < tls.VersionTLS13 {
		return ticketLifetime
	}
	b, err := session.Bytes()
	if err != nil || len(b) < createdAt+8+8+endOfUseBy {
		return ticketLifetime
	}
	created, useBy := binary.BigEndian.Uint64(b[createdAt:]), binary.BigEndian.Uint64(b[len(b)-endOfUseBy-8:])
	if useBy < created || useBy-created > uint64(ticketLifetime/time.Second) {
		return ticketLifetime
	}
	return time.Duration(useBy-created) * time.Second //nolint:gosec // a week at most
}

// Session returns the session, or nil before the end of the handshake. With
// TLS 1.3 a client has no ticket before it has received something.
func (m *machine) Session() *Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.link.getSession(m.engine.ConnectionState())
}

// SetSession asks to resume a session, before the handshake, on a client whose
// context is the one that the session was made with.
func (m *machine) SetSession(session *Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.link.setSession(session)
}

// SessionReused reports whether a session was resumed.
func (m *machine) SessionReused() bool { return m.state().DidResume }

// defaultTickets is OpenSSL's default.
const defaultTickets = 2

// NumTickets returns how many tickets of TLS 1.3 a server is set to send. Any
// goroutine.
func (c *Context) NumTickets() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tickets
}

// SetNumTickets sets it, on a server's context. crypto/tls sends one ticket or
// none: the default of 2 means one, more cannot be had, and 0 switches the
// tickets of TLS 1.2 off as well.
func (c *Context) SetNumTickets(n int) error {
	switch {
	case n < 0:
		return &ValueError{"value must be non-negative"}
	case c.protocol != PROTOCOL_TLS_SERVER:
		return &ValueError{"SSLContext is not a server context."}
	case n > defaultTickets:
		return &NotImplementedError{"crypto/tls sends no more than one session ticket"}
	}
	return c.change(func() error { c.tickets = n; return nil })
}
