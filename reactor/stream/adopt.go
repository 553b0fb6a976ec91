package stream

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/pollux-net/pollux/internal/sys"
)

// Adopt adds a listener that was opened elsewhere: by systemd, see
// [Inherited], or by the process that this one replaces. f must be a TCP or
// Unix stream socket that listens. The server uses a duplicate; f stays the
// caller's, who may close it. Both, and everybody else who has the same
// socket, are nonblocking from then on. Unlike one of Listen, a Unix path is
// not removed.
func (s *Server) Adopt(f *os.File) (net.Addr, error) {
	raw, err := f.SyscallConn() // Fd would make it block
	if err != nil {
		return nil, err
	}
	var (
		fd    = -1
		errno sys.Errno
	)
	if err := raw.Control(func(theirs uintptr) { fd, errno = sys.Dup(int(theirs)) }); err != nil {
		return nil, err
	}
	if errno != 0 {
		return nil, opError("dup", f.Name(), errno)
	}
	if err := s.checkListener(fd, f.Name()); err != nil {
		sys.Close(fd)
		return nil, err
	}
	a, err := s.newAcceptor(s.nextLoop(), fd)
	if err != nil {
		return nil, err
	}
	return s.serve(a)
}

func (s *Server) checkListener(fd int, name string) error {
	listens, errno := sys.IsListener(fd)
	if errno != 0 {
		return opError("adopt", name, errno)
	}
	sa, errno := sys.Getsockname(fd)
	switch {
	case errno != 0:
		return opError("getsockname", name, errno)
	case !listens:
		return fmt.Errorf("stream: adopt %s: not a stream socket that listens", name)
	case sa.Family == sys.AF_INET, sa.Family == sys.AF_INET6:
		if sys.AcceptInherits {
			if errno := tcpOptions(&s.config, fd); errno != 0 {
				return opError("setsockopt", name, errno)
			}
		}
	case sa.Family != sys.AF_UNIX:
		return fmt.Errorf("stream: adopt %s: family %d is neither TCP's nor Unix's", name, sa.Family)
	}
	if errno := sys.SetNonblock(fd, true); errno != 0 {
		return opError("fcntl", name, errno)
	}
	return nil
}

// firstInherited is SD_LISTEN_FDS_START.
const firstInherited = 3

// Inherited returns the sockets that systemd, or whoever follows its protocol,
// has left to this process, for [Server.Adopt]; the name of each is the one it
// was given, or "unknown". There are none when the variables LISTEN_PID and
// LISTEN_FDS are not set or are meant for another process. What they say and
// cannot be is an error. The sockets are kept from child processes, and so are
// the variables, which are removed: a second call returns none. The caller
// closes the files. Source: sd_listen_fds(3).
func Inherited() ([]*os.File, error) {
	pid, count, names := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES")
	if pid == "" || count == "" {
		return nil, nil
	}
	switch n, err := strconv.Atoi(pid); {
	case err != nil || n <= 0:
		return nil, fmt.Errorf("stream: LISTEN_PID is %q", pid)
	case n != os.Getpid():
		return nil, nil
	}
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, err
		}
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > 1<<16 {
		return nil, fmt.Errorf("stream: LISTEN_FDS is %q", count)
	}
	return takeFiles(n, strings.Split(names, ":"))
}

// takeFiles makes files of the inherited descriptors: of all or, when one is
// not open, of none, for then the variables are about something else.
func takeFiles(n int, names []string) ([]*os.File, error) {
	for fd := firstInherited; fd < firstInherited+n; fd++ {
		if errno := sys.SetInheritable(fd, false); errno != 0 {
			return nil, opError("fcntl", fmt.Sprintf("LISTEN_FDS %d", fd), errno)
		}
	}
	files := make([]*os.File, n)
	for i := range files {
		name := "unknown"
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		files[i] = os.NewFile(uintptr(firstInherited+i), name)
	}
	return files, nil
}
