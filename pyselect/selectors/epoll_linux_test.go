//go:build linux

package selectors_test

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

//inventory:row test_selectors.EpollSelectorTestCase.test_register_file
func TestRegisterFile(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	must(t, err)
	defer f.Close()
	fd := pyselect.FD(f.Fd())
	e, err := selectors.NewEpollSelector()
	must(t, err)
	defer e.Close()
	if _, err := e.Register(fd, read, nil); !errors.Is(err, unix.EPERM) {
		t.Error(err)
	}
	_, err = e.GetKey(fd)
	isKeyError(t, err, "is not registered")
	p := selectors.NewPollSelector()
	defer p.Close()
	key := register(t, p, fd, read|write, nil)
	ask(p, forever).wants(t, selectors.Ready{Key: key, Events: read | write})
}
