package reactor_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

func TestDeadline(t *testing.T) {
	if at := reactor.Deadline(time.Time{}); at != reactor.Never {
		t.Error("the zero time is", at)
	}
	if at := reactor.Deadline(time.Unix(1, 0)); at >= reactor.Now() {
		t.Error("a time long ago is to come:", at)
	}
	if at := reactor.Deadline(time.Unix(1<<40, 0)); at < reactor.Now()+int64(200*365*24*time.Hour) {
		t.Error("a time far ahead is", at)
	}
	before := reactor.Now()
	at := reactor.Deadline(time.Now().Add(time.Hour))
	if after := reactor.Now(); at < before+int64(time.Hour) || at > after+int64(time.Hour) {
		t.Errorf("in an hour is %d, between %d and %d", at, before, after)
	}
}
