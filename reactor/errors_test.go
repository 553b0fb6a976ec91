package reactor_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/reactor"
)

func TestRegisterErrorText(t *testing.T) {
	err := error(&reactor.RegisterError{FD: 7, Kind: "tcp", Err: unix.ENOSPC})
	const want = "reactor: register fd 7 (tcp): ENOSPC: no space left on device"
	if err.Error() != want || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("error is %q, want %q", err, want)
	}
	plain := &reactor.RegisterError{FD: 7, Kind: "tcp", Err: reactor.ErrClosed}
	if got := plain.Error(); got != "reactor: register fd 7 (tcp): reactor: closed" {
		t.Errorf("error is %q", got)
	}
}
