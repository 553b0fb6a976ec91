package engine

import "strconv"

// State is where a [Conn] is in its life; doc.go has the picture.
type State uint8

// The states of a Conn.
const (
	// StateIdle is a new Conn: no byte has been given to crypto/tls.
	StateIdle State = iota
	// StateHandshaking is a handshake that waits for input.
	StateHandshaking
	// StateOpen is a finished handshake: both directions carry data.
	StateOpen
	// StateCloseSent is after CloseNotify: reading only.
	StateCloseSent
	// StatePeerClosed is after the peer's close_notify: writing only.
	StatePeerClosed
	// StateTruncated is after the end of the transport without close_notify:
	// writing only.
	StateTruncated
	// StateClosed is when both directions have ended.
	StateClosed
	// StateFailed is after a fatal error; the alert for the peer, if there is
	// one, is in Outgoing.
	StateFailed
	// StateAborted is after Abort.
	StateAborted

	stateCount = iota
)

var stateNames = [stateCount]string{
	StateIdle:        "idle",
	StateHandshaking: "handshaking",
	StateOpen:        "open",
	StateCloseSent:   "close-sent",
	StatePeerClosed:  "peer-closed",
	StateTruncated:   "truncated",
	StateClosed:      "closed",
	StateFailed:      "failed",
	StateAborted:     "aborted",
}

// transitions is the whole machine: a row per state, a bit per state that may
// follow it.
var transitions = [stateCount]uint16{
	StateIdle:        bit(StateHandshaking) | bit(StateAborted),
	StateHandshaking: bit(StateOpen) | bit(StateFailed) | bit(StateAborted),
	StateOpen: bit(StateCloseSent) | bit(StatePeerClosed) | bit(StateTruncated) |
		bit(StateFailed) | bit(StateAborted),
	StateCloseSent:  bit(StateClosed) | bit(StateFailed) | bit(StateAborted),
	StatePeerClosed: bit(StateClosed) | bit(StateFailed) | bit(StateAborted),
	StateTruncated:  bit(StateClosed) | bit(StateFailed) | bit(StateAborted),
	StateClosed:     bit(StateAborted),
	StateFailed:     bit(StateAborted),
	StateAborted:    0,
}

func bit(s State) uint16 { return 1 << s }

// String returns the state's name as doc.go spells it. Any goroutine.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "State(" + strconv.Itoa(int(s)) + ")"
}

// State returns the state. Owner only.
func (c *Conn) State() State { return c.state }

// setState is the only place that moves a Conn.
func (c *Conn) setState(to State) {
	if transitions[c.state]&bit(to) == 0 {
		panic("tls engine: no way from " + c.state.String() + " to " + to.String())
	}
	c.state = to
}

// in reports whether the state is one of those given.
func (c *Conn) in(states uint16) bool { return bit(c.state)&states != 0 }

const (
	beforeOpen = uint16(1<<StateIdle | 1<<StateHandshaking)
	// writing are the states in which application data may be sent.
	writing = uint16(1<<StateOpen | 1<<StatePeerClosed | 1<<StateTruncated)
)
