package engine

import (
	"strings"
	"testing"
)

// TestTransitions tries every pair of states against the picture in doc.go.
func TestTransitions(t *testing.T) {
	const picture = `
		idle: handshaking aborted
		handshaking: open failed aborted
		open: close-sent peer-closed truncated failed aborted
		close-sent: closed failed aborted
		peer-closed: closed failed aborted
		truncated: closed failed aborted
		closed: aborted
		failed: aborted
		aborted:`
	allowed := map[string]bool{}
	for line := range strings.SplitSeq(picture, "\n") {
		from, list, _ := strings.Cut(strings.TrimSpace(line), ":")
		for to := range strings.FieldsSeq(list) {
			allowed[from+" "+to] = true
		}
	}
	for from := range State(stateCount) {
		for to := range State(stateCount) {
			pair := from.String() + " " + to.String()
			if got := moves(from, to); got != allowed[pair] {
				t.Errorf("%s: allowed %v, want %v", pair, got, allowed[pair])
			}
		}
	}
}

func moves(from, to State) (ok bool) {
	defer func() { ok = recover() == nil }()
	c := Conn{state: from}
	c.setState(to)
	return
}

func TestNames(t *testing.T) {
	for s := range State(stateCount) {
		if s.String() == "" {
			t.Errorf("state %d has no name", uint8(s))
		}
	}
	for got, want := range map[string]string{
		State(200).String(): "State(200)", Status(9).String(): "Status(9)",
		WantRead.String(): "WantRead", WantWrite.String(): "WantWrite", Done.String(): "Done",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
