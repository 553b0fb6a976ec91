//go:build linux

package fdsock_test

import (
	"fmt"
	"strconv"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

// operation is one operation; a holds the socket's name and the arguments.
type operation func(s *script, a []string) (string, error)

// on makes an operation of a call on the socket that a[0] names, whose
// arguments are the rest of a.
func on(call func(s *script, sock *fdsock.Socket, a []string) (string, error)) operation {
	return func(s *script, a []string) (string, error) {
		sock := s.sockets[a[0]]
		if sock == nil { // it could not be made
			return "", fmt.Errorf("there is no socket %s", a[0])
		}
		return call(s, sock, a[1:])
	}
}

// plain makes an operation of a call that gives nothing but an error.
func plain(call func(s *script, sock *fdsock.Socket, a []string) error) operation {
	return on(func(s *script, sock *fdsock.Socket, a []string) (string, error) { return "ok", call(s, sock, a) })
}

func counted(n int, err error) (string, error) { return strconv.Itoa(n), err }

// operations are all of them, by their names.
var operations = func() map[string]operation {
	all := map[string]operation{
		"new": func(s *script, a []string) (string, error) {
			sock, err := fdsock.New(familyOf[a[1]], typeOf[a[2]], 0)
			s.sockets[a[0]] = sock
			return "ok", err
		},
		"pair": func(s *script, a []string) (_ string, err error) {
			s.sockets[a[0]], s.sockets[a[1]], err = fdsock.SocketPairOf(fdsock.AF_UNIX, typeOf[a[2]], 0)
			return "ok", err
		},
		"accept": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
			child, peer, err := sock.Accept()
			if err != nil {
				return "", err
			}
			s.sockets[a[0]] = child
			if sock.Family() == fdsock.AF_UNIX {
				return "ok", nil
			}
			return showAddr(peer), nil
		}),
		"dup": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
			d, err := sock.Dup()
			if err == nil {
				s.sockets[a[0]] = d
			}
			return "ok", err
		}),
		"bind":    plain(func(s *script, sock *fdsock.Socket, a []string) error { return sock.Bind(s.literal(a[0])) }),
		"listen":  plain(func(_ *script, sock *fdsock.Socket, a []string) error { return sock.Listen(number(a[0])) }),
		"connect": plain(func(s *script, sock *fdsock.Socket, a []string) error { return sock.Connect(s.addr(a[0])) }),
		"connect_ex": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
			errno, err := sock.ConnectEx(s.addr(a[0]))
			return strconv.Itoa(int(errno)), err
		}),
		"shutdown": plain(func(_ *script, sock *fdsock.Socket, a []string) error { return sock.Shutdown(number(a[0])) }),
		"close":    plain(func(_ *script, sock *fdsock.Socket, _ []string) error { return sock.Close() }),
		"detach": on(func(_ *script, sock *fdsock.Socket, _ []string) (string, error) {
			fd := sock.Detach()
			if fd < 0 {
				return "closed", nil
			}
			return "open", fdsock.CloseFD(fd)
		}),
		"fileno": on(func(_ *script, sock *fdsock.Socket, _ []string) (string, error) {
			if sock.Fileno() < 0 {
				return "closed", nil
			}
			return "open", nil
		}),
		"readable": on(func(_ *script, sock *fdsock.Socket, _ []string) (string, error) {
			r, _, _, err := pyselect.Select([]pyselect.Object{sock}, nil, nil, patience)
			if len(r) == 0 {
				return "no", err
			}
			return "yes", err
		}),
		"arrived": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) { return s.arrived(sock, number(a[0])) }),
	}
	for _, group := range []map[string]operation{senders, receivers, settings} {
		for name, op := range group {
			all[name] = op
		}
	}
	return all
}()

var senders = map[string]operation{
	"send": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
		return counted(sock.Send(seededPattern(s.step, number(a[0])), msgFlags(a[1])))
	}),
	"sendall": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
		return "None", sock.SendAll(seededPattern(s.step, number(a[0])), msgFlags(a[1]))
	}),
	"sendto": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
		return counted(sock.SendTo(seededPattern(s.step, number(a[0])), s.addr(a[2]), msgFlags(a[1])))
	}),
	"sendmsg": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
		var parts [][]byte
		for i, n := range numbers(a[0]) {
			parts = append(parts, seededPattern(s.step+i, n))
		}
		anc, err := s.rights(number(a[3]))
		if err != nil {
			return "", err
		}
		var to fdsock.Addr
		if a[2] != "" {
			to = s.addr(a[2])
		}
		return counted(sock.SendMsg(parts, anc, to, msgFlags(a[1])))
	}),
}

var receivers = map[string]operation{
	"recv": on(func(_ *script, sock *fdsock.Socket, a []string) (string, error) {
		p, err := sock.Recv(number(a[0]), msgFlags(a[1]))
		return show(p), err
	}),
	"recv_into": on(func(_ *script, sock *fdsock.Socket, a []string) (string, error) {
		p := make([]byte, number(a[0]))
		n, err := sock.RecvInto(p, msgFlags(a[1]))
		return show(p[:min(n, len(p))]), err
	}),
	"recvfrom": on(func(_ *script, sock *fdsock.Socket, a []string) (string, error) {
		p, from, err := sock.RecvFrom(number(a[0]), msgFlags(a[1]))
		return show(p) + " " + showAddr(from), err
	}),
	"recvfrom_into": on(func(_ *script, sock *fdsock.Socket, a []string) (string, error) {
		p := make([]byte, number(a[0]))
		n, from, err := sock.RecvFromInto(p, msgFlags(a[1]))
		return fmt.Sprintf("%d %s %s", n, show(p[:min(n, len(p))]), showAddr(from)), err
	}),
	"recvmsg": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
		p, got, err := sock.RecvMsg(number(a[0]), number(a[1]), msgFlags(a[2]))
		if err != nil {
			return "", err
		}
		return s.showMessage(p, got), nil
	}),
	"recvmsg_into": on(func(s *script, sock *fdsock.Socket, a []string) (string, error) {
		var parts [][]byte
		for _, n := range numbers(a[0]) {
			parts = append(parts, make([]byte, n))
		}
		got, err := sock.RecvMsgInto(parts, number(a[1]), msgFlags(a[2]))
		if err != nil {
			return "", err
		}
		var all []byte
		for _, p := range parts {
			all = append(all, p...)
		}
		return s.showMessage(all[:min(got.N, len(all))], got), nil
	}),
}

var settings = map[string]operation{
	"settimeout":  plain(func(_ *script, sock *fdsock.Socket, a []string) error { sock.SetTimeout(secondsOf(a[0])); return nil }),
	"setblocking": plain(func(_ *script, sock *fdsock.Socket, a []string) error { sock.SetBlocking(a[0] != "0"); return nil }),
	"mode":        on(func(_ *script, sock *fdsock.Socket, _ []string) (string, error) { return mode(sock), nil }),
	"getsockname": on(func(_ *script, sock *fdsock.Socket, _ []string) (string, error) {
		a, err := sock.GetSockName()
		return showAddr(a), err
	}),
	"getpeername": on(func(_ *script, sock *fdsock.Socket, _ []string) (string, error) {
		a, err := sock.GetPeerName()
		return showAddr(a), err
	}),
	"props": on(func(_ *script, sock *fdsock.Socket, _ []string) (string, error) {
		return fmt.Sprintf("%d %d %d", sock.Family(), sock.Type(), sock.Proto()), nil
	}),
	"getopt": on(func(_ *script, sock *fdsock.Socket, a []string) (string, error) {
		return counted(sock.GetSockOpt(constOf[a[0]], constOf[a[1]]))
	}),
	"getoptbytes": on(func(_ *script, sock *fdsock.Socket, a []string) (string, error) {
		p, err := sock.GetSockOptBytes(constOf[a[0]], constOf[a[1]], number(a[2]))
		return show(p), err
	}),
	"setopt": plain(func(_ *script, sock *fdsock.Socket, a []string) error {
		return sock.SetSockOpt(constOf[a[0]], constOf[a[1]], number(a[2]))
	}),
	"inheritable": on(func(_ *script, sock *fdsock.Socket, _ []string) (string, error) {
		yes, err := sock.GetInheritable()
		if yes {
			return "1", err
		}
		return "0", err
	}),
	"setinheritable": plain(func(_ *script, sock *fdsock.Socket, a []string) error { return sock.SetInheritable(a[0] != "0") }),
}
