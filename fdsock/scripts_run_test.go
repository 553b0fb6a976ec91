//go:build linux

package fdsock_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
)

// script is the execution of a list of operations, each a list of strings:
// its name, the socket's name, arguments. testdata/scripts.py does the same on
// Python's sockets.
type script struct {
	sockets   map[string]*fdsock.Socket
	directory string
	step      int
	null      []*os.File
}

func (s *script) end() {
	for _, sock := range s.sockets {
		_ = sock.Close()
	}
	for _, f := range s.null {
		_ = f.Close()
	}
}

// run makes the operations and returns what each came to.
func (s *script) run(ops [][]string) []string {
	results := make([]string, 0, len(ops))
	for _, op := range ops {
		s.step++
		text, err := s.operate(op)
		if err != nil {
			text = outcome(err)
		}
		results = append(results, text)
	}
	return results
}

// operate makes one operation. An address may be that of a closed socket.
func (s *script) operate(op []string) (text string, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*fdsock.Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	return operations[op[0]](s, op[1:])
}

// outcome is an error as the Python side shows its exceptions.
func outcome(err error) string {
	var (
		e        *fdsock.Error
		gai      *fdsock.GAIError
		value    *fdsock.ValueError
		overflow *fdsock.OverflowError
	)
	switch {
	case errors.Is(err, fdsock.ErrTimeout):
		return "timeout"
	case errors.As(err, &gai):
		return fmt.Sprintf("gaierror %d", gai.Code)
	case errors.As(err, &value):
		return "ValueError " + value.Text
	case errors.As(err, &overflow):
		return "OverflowError " + overflow.Text
	case errors.As(err, &e) && e.Errno == 0:
		return "OSError " + e.Text
	case errors.As(err, &e):
		return fmt.Sprintf("OSError %d", int(e.Errno))
	}
	return err.Error()
}

var (
	familyOf = map[string]int{"inet": fdsock.AF_INET, "inet6": fdsock.AF_INET6, "unix": fdsock.AF_UNIX}
	typeOf   = map[string]int{"stream": fdsock.SOCK_STREAM, "dgram": fdsock.SOCK_DGRAM, "seqpacket": fdsock.SOCK_SEQPACKET}
	flagOf   = map[string]int{
		"PEEK": fdsock.MSG_PEEK, "WAITALL": fdsock.MSG_WAITALL, "DONTWAIT": fdsock.MSG_DONTWAIT, "TRUNC": fdsock.MSG_TRUNC,
	}
	constOf = map[string]int{
		"SOL_SOCKET": fdsock.SOL_SOCKET, "IPPROTO_TCP": fdsock.IPPROTO_TCP, "IPPROTO_IP": fdsock.IPPROTO_IP,
		"SO_TYPE": fdsock.SO_TYPE, "SO_ERROR": fdsock.SO_ERROR, "SO_ACCEPTCONN": fdsock.SO_ACCEPTCONN,
		"SO_KEEPALIVE": fdsock.SO_KEEPALIVE, "SO_REUSEADDR": fdsock.SO_REUSEADDR, "SO_BROADCAST": fdsock.SO_BROADCAST,
		"SO_OOBINLINE": fdsock.SO_OOBINLINE, "SO_LINGER": fdsock.SO_LINGER, "TCP_NODELAY": fdsock.TCP_NODELAY,
		"IP_TTL": fdsock.IP_TTL, "SO_DOMAIN": fdsock.SO_DOMAIN, "SO_PROTOCOL": fdsock.SO_PROTOCOL,
	}
)

func msgFlags(names string) (flags int) {
	for name := range strings.SplitSeq(names, "|") {
		flags |= flagOf[name]
	}
	return flags
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func numbers(text string) (list []int) {
	for part := range strings.SplitSeq(text, ",") {
		if part != "" {
			list = append(list, number(part))
		}
	}
	return list
}

func seededPattern(seed, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(seed*31 + i*7)
	}
	return p
}

func show(p []byte) string {
	if len(p) <= 16 {
		return fmt.Sprintf("%d:%x", len(p), p)
	}
	return fmt.Sprintf("%d:%08x", len(p), crc32.ChecksumIEEE(p))
}

func showAddr(a fdsock.Addr) string {
	switch a := a.(type) {
	case fdsock.InetAddr:
		port, v6 := "*", ""
		if a.Port == 0 {
			port = "0"
		}
		host := a.Host()
		if strings.Contains(host, ":") {
			v6 = fmt.Sprintf("%%(%d,%d)", a.FlowInfo, a.ScopeID)
		}
		return host + ":" + port + v6
	case fdsock.UnixAddr:
		switch {
		case a == "":
			return "unnamed"
		case a[0] == 0:
			return "abstract"
		}
		return "path " + filepath.Base(string(a))
	}
	return "None"
}

// addr is the address of a socket, "@name", or one in words.
func (s *script) addr(text string) fdsock.Addr {
	if name, ok := strings.CutPrefix(text, "@"); ok {
		a, err := s.sockets[name].GetSockName()
		if err != nil {
			panic(err)
		}
		return a
	}
	return s.literal(text)
}

func (s *script) literal(text string) fdsock.Addr {
	kind, rest, _ := strings.Cut(text, "!")
	switch {
	case kind == "path" && rest == "":
		return fdsock.UnixAddr("")
	case kind == "path":
		return fdsock.UnixAddr(filepath.Join(s.directory, rest))
	case kind == "long":
		return fdsock.UnixAddr(strings.Repeat("x", number(rest)))
	}
	host, port, _ := strings.Cut(rest, "!")
	return fdsock.Inet(host, number(port))
}

func (s *script) showMessage(data []byte, got fdsock.Received) string {
	var shown []string
	for _, c := range got.Ancillary {
		if c.Level == fdsock.SOL_SOCKET && c.Type == fdsock.SCM_RIGHTS {
			for fds := c.Data; len(fds) >= 4; fds = fds[4:] {
				_ = fdsock.CloseFD(int(int32(binary.NativeEndian.Uint32(fds))))
			}
		}
		shown = append(shown, fmt.Sprintf("%d/%d/%d", c.Level, c.Type, len(c.Data)))
	}
	flags := got.Flags &^ fdsock.MSG_CMSG_CLOEXEC
	return fmt.Sprintf("%s [%s] %#x %s", show(data), strings.Join(shown, " "), flags, showAddr(got.Addr))
}

// rights makes a message of copies of a descriptor.
func (s *script) rights(copies int) ([]fdsock.ControlMessage, error) {
	if copies == 0 {
		return nil, nil
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	s.null = append(s.null, null)
	var data []byte
	for range copies {
		data = binary.NativeEndian.AppendUint32(data, uint32(null.Fd()))
	}
	return []fdsock.ControlMessage{{Level: fdsock.SOL_SOCKET, Type: fdsock.SCM_RIGHTS, Data: data}}, nil
}

// arrived waits until so much of a stream is there.
func (s *script) arrived(sock *fdsock.Socket, n int) (string, error) {
	before := sock.GetTimeout()
	defer sock.SetTimeout(before)
	sock.SetTimeout(0)
	for {
		p, err := sock.Recv(n, fdsock.MSG_PEEK)
		switch {
		case errors.Is(err, sys.EAGAIN):
			if _, _, _, err := pyselect.Select([]pyselect.Object{sock}, nil, nil, patience); err != nil {
				return "", err
			}
		case err != nil:
			return "", err
		case len(p) >= n:
			return "yes", nil
		}
	}
}

func mode(sock *fdsock.Socket) string {
	t := "none"
	if sock.GetTimeout() >= 0 {
		t = strconv.FormatFloat(sock.GetTimeout().Seconds(), 'g', -1, 64)
	}
	blocking := 0
	if sock.GetBlocking() {
		blocking = 1
	}
	return fmt.Sprintf("%s %d", t, blocking)
}

func secondsOf(text string) time.Duration {
	if text == "none" {
		return fdsock.NoTimeout
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return time.Duration(f * float64(time.Second))
}
