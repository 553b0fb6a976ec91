package engine_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/forge"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// end is one side of a connection that somebody meddles with.
type end struct {
	*engine.Conn
	role string
	log  strings.Builder // its secrets
	err  error           // what it came to
	sent []byte          // the alerts it has sent that could be read
}

// step runs the engine as far as it goes.
func (e *end) step() {
	if e.err != nil {
		return
	}
	status, err := e.Handshake()
	if err == nil && status == engine.Done && e.Fill() == nil && e.Pending() == 0 {
		_, err = e.Read(make([]byte, 1))
	}
	e.err = err
}

// direction carries what one end sends to the other. The two need not have the
// same keys: after a change to what both hash they do not.
type direction struct {
	t        *testing.T
	from, to *end
	version  uint16
	sealed   bool        // behind the hellos, or in TLS 1.2 behind change_cipher_spec
	finished bool        // the Finished has passed
	in, out  *forge.Half // the sender's keys, the receiver's; made on demand
	pieces   []byte      // a message that is not whole yet
}

// middle stands between two engines, takes what they send apart into messages,
// and puts others in their place.
type middle struct {
	t              *testing.T
	client, server *end
	ways           [2]*direction
	trick          trick
	seen           int // messages of the trick's kind
}

// trick is a change to one message, or none without edit.
type trick struct {
	from string // client or server
	at   int    // the message's type, or changeCipher
	nth  int    // how many of these pass before
	// edit returns what goes out instead, as records.
	edit func(d *direction, msg []byte) []byte
}

// The types of handshake messages: RFC 8446 section 4, RFC 5246 section 7.4.
const (
	clientHello, serverHello, newTicket, encryptedExts    = 1, 2, 4, 8
	certificate, keyExchange, certRequest, helloDone      = 11, 12, 13, 14
	certVerify, clientKeyExchange, finished, certStatus   = 15, 16, 20, 22
	keyUpdate, endOfEarlyData, helloRequested, noSuchType = 24, 5, 0, 99
	// changeCipher stands for the record of TLS 1.2 that is no message.
	changeCipher = 256
)

func newMiddle(t *testing.T, cc, sc *tls.Config, trick trick) *middle {
	t.Helper()
	m := &middle{t: t, trick: trick, client: &end{role: "client"}, server: &end{role: "server"}}
	cc.KeyLogWriter, sc.KeyLogWriter = &m.client.log, &m.server.log
	m.client.Conn, m.server.Conn = engine.NewClient(cc), engine.NewServer(sc)
	version := min(cc.MaxVersion, sc.MaxVersion)
	m.ways[0] = &direction{t: t, from: m.client, to: m.server, version: version}
	m.ways[1] = &direction{t: t, from: m.server, to: m.client, version: version}
	return m
}

// run carries everything until nothing moves.
func (m *middle) run() {
	m.t.Helper()
	for range 50 {
		moved := false
		for _, d := range m.ways {
			d.from.step()
			wire := take(d.from.Conn)
			moved = moved || len(wire) > 0
			for len(wire) > 0 {
				n := headerLen + int(binary.BigEndian.Uint16(wire[3:]))
				m.record(d, wire[:n:n])
				wire = wire[n:]
			}
		}
		if !moved {
			return
		}
	}
	m.t.Error("the handshake does not end")
}

const headerLen = 5

// record passes a record on, or the messages in it.
func (m *middle) record(d *direction, rec []byte) {
	typ, body := rec[0], rec[headerLen:]
	switch {
	case typ == typeAlert && len(body) == 2:
		d.from.sent = append(d.from.sent, body[1])
	case typ == typeChange && d.version == tls.VersionTLS12:
		m.pass(d, changeCipher, rec, func() []byte { return rec })
		d.sealed = true
		return
	case d.version == tls.VersionTLS12 && d.sealed:
		if typ == typeHandshake {
			m.pass(d, finished, rec, func() []byte { return rec })
			return
		}
	case typ == typeHandshake:
		m.messages(d, body)
		return
	case typ == typeData:
		m.sealed(d, rec)
		return
	}
	d.deliver(rec)
}

// sealed is record for one of TLS 1.3 that is encrypted.
func (m *middle) sealed(d *direction, rec []byte) {
	d.sealed = true
	if d.in == nil {
		d.in = d.keys(d.from)
	}
	if d.in == nil { // keys that failed it before it could log them
		d.deliver(rec)
		return
	}
	typ, body, _ := d.in.Open(d.t, rec)
	if typ == typeHandshake {
		m.messages(d, body)
		return
	}
	if typ == typeAlert {
		d.from.sent = append(d.from.sent, body[1])
	}
	d.deliver(d.rec(typ, body))
}

// messages passes on each message that has become whole.
func (m *middle) messages(d *direction, body []byte) {
	d.pieces = append(d.pieces, body...)
	for len(d.pieces) >= 4 {
		n := 4 + int(binary.BigEndian.Uint32(d.pieces)&0xffffff)
		if len(d.pieces) < n {
			return
		}
		msg := bytes.Clone(d.pieces[:n])
		d.pieces = d.pieces[n:]
		m.pass(d, int(msg[0]), msg, func() []byte { return d.rec(typeHandshake, msg) })
		if msg[0] == finished {
			d.finished, d.in, d.out = true, nil, nil
		}
	}
}

// pass delivers what there is, or what the trick makes of it.
func (m *middle) pass(d *direction, at int, msg []byte, genuine func() []byte) {
	if m.trick.edit != nil && m.trick.from == d.from.role && m.trick.at == at {
		if m.seen++; m.seen == m.trick.nth+1 {
			genuine = func() []byte { return m.trick.edit(d, msg) }
		}
	}
	d.deliver(genuine())
}

func (d *direction) deliver(wire []byte) {
	d.to.Feed(wire)
	d.to.step()
}

// rec makes a record for the receiver, in clear or under its present keys. A
// receiver that has come to no keys gets none.
func (d *direction) rec(typ byte, data []byte) []byte {
	if !d.sealed {
		return rec(typ, data...)
	}
	if d.out == nil {
		d.out = d.keys(d.to)
	}
	if d.out == nil {
		return nil
	}
	return d.out.Seal(typ, data, 0)
}

// msg makes a handshake message in a record of its own.
func (d *direction) msg(typ byte, body ...byte) []byte {
	return d.rec(typeHandshake, msg(typ, body...)[headerLen:])
}

// keys are those that an end has for this direction now.
func (d *direction) keys(e *end) *forge.Half {
	label := strings.ToUpper(d.from.role) + "_HANDSHAKE_TRAFFIC_SECRET"
	if d.finished {
		label = strings.ToUpper(d.from.role) + "_TRAFFIC_SECRET_0"
	}
	secret := forge.Logged(e.log.String(), label)
	if secret == nil {
		return nil
	}
	return forge.New(d.t, secret)
}

// victim is the end that the trick is played on.
func (m *middle) victim() (victim, peer *end) {
	if m.trick.from == "client" {
		return m.server, m.client
	}
	return m.client, m.server
}

// wantFailure checks that an end has failed with one of the alerts, that its
// peer has heard of it or has none of its keys, and that neither does more.
func (m *middle) wantFailure(victim, peer *end, alerts []byte) {
	m.t.Helper()
	if m.trick.edit != nil && m.seen <= m.trick.nth {
		m.t.Fatalf("the message never came; client: %v; server: %v", m.client.err, m.server.err)
	}
	if victim.err == nil || errors.Is(victim.err, io.EOF) || errors.Is(victim.err, engine.ErrWantRead) {
		m.t.Fatalf("%s: %v, in state %v", victim.role, victim.err, victim.State())
	}
	wantState(m.t, victim.Conn, engine.StateFailed)
	m.wantHeard(victim, peer, alerts)
	wantInert(m.t, victim)
	victim.Abort()
	peer.Abort()
	wantCoroutines(m.t, 0)
}

// wantHeard checks the one alert: what was sent where it can be read, else
// what the peer made of it.
func (m *middle) wantHeard(victim, peer *end, alerts []byte) {
	m.t.Helper()
	if len(alerts) == 0 {
		if len(victim.sent) != 0 {
			m.t.Errorf("%v: sends alerts % d", victim.err, victim.sent)
		}
		return
	}
	if len(victim.sent) == 1 && bytes.IndexByte(alerts, victim.sent[0]) >= 0 {
		if peer.err == nil {
			m.t.Errorf("%v, and the peer knows nothing", victim.err)
		}
		return
	}
	for _, a := range alerts {
		if len(victim.sent) <= 1 && peer.err != nil && peer.err.Error() == "remote error: "+tls.AlertError(a).Error() {
			return
		}
	}
	m.t.Errorf("%v: sends alerts % d, want one of % d; peer: %v", victim.err, victim.sent, alerts, peer.err)
}

// wantInert feeds a failed engine a good deal more, and wants the same error
// and not a byte.
func wantInert(t *testing.T, e *end) {
	t.Helper()
	_ = take(e.Conn)
	for range 3 {
		e.Feed(make([]byte, 20000))
		if _, err := e.Handshake(); err == nil || err.Error() != e.err.Error() {
			t.Errorf("%v, then %v", e.err, err)
		}
		if n, err := e.Read(make([]byte, 10)); n != 0 || err == nil || err.Error() != e.err.Error() {
			t.Errorf("%v, then Read: %d, %v", e.err, n, err)
		}
	}
	if e.Buffered() < 60000 || len(e.Outgoing()) != 0 || e.Pending() != 0 {
		t.Errorf("a failed engine goes on: %d left of 60000, %d outgoing", e.Buffered(), len(e.Outgoing()))
	}
}
