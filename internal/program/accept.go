package program

import (
	"errors"
	"slices"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// Pause is how long a server does not accept after [Exhausted]: asyncio's
// ACCEPT_RETRY_DELAY.
const Pause = time.Second

// Exhausted reports whether accepting has failed because the process or the
// system has no descriptor or no memory left. The connection stays in the
// queue, and the listening socket readable: a server that went on at once would
// do nothing else. It is to look after its other connections, and to accept
// again after [Pause].
func Exhausted(err error) bool {
	var errno sys.Errno
	return errors.As(err, &errno) && slices.Contains([]sys.Errno{sys.EMFILE, sys.ENFILE, sys.ENOBUFS, sys.ENOMEM}, errno)
}
