package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/pollux-net/pollux/reactor/stream"
)

// defaultAddr is where a server listens that nobody has told.
const defaultAddr = "127.0.0.1:8080"

// unixPrefix marks the path of a Unix socket.
const unixPrefix = "unix:"

// listeners are the flags that say where a server listens.
type listeners struct {
	Addr []string `sep:"none" placeholder:"HOST:PORT" help:"Where to listen: HOST:PORT, port 0 takes a free one, or unix:PATH. May be repeated; ${default_addr} if there is nothing to listen at."`
	FD   []int    `name:"fd" sep:"none" placeholder:"N" help:"A descriptor of the parent's that listens already. May be repeated. What systemd passes (LISTEN_FDS) is taken without a flag."`
}

// check finds what is no address.
func (l *listeners) check() error {
	for _, addr := range l.Addr {
		if network, path := splitAddr(addr); network == "tcp" {
			if err := checkAddr("--addr", addr); err != nil {
				return err
			}
		} else if err := checkPath("--addr", path); err != nil {
			return err
		}
	}
	for _, fd := range l.FD {
		if fd < 0 {
			return fmt.Errorf("--fd %d: a descriptor is not negative", fd)
		}
	}
	return nil
}

// hosts lists the hosts of the TCP addresses.
func (l *listeners) hosts() []string {
	var list []string
	for _, addr := range l.Addr {
		if network, addr := splitAddr(addr); network == "tcp" {
			host, _, _ := net.SplitHostPort(addr) // check has done so
			list = append(list, host)
		}
	}
	return list
}

// listen opens all of them for a server and returns their addresses.
func (l *listeners) listen(server *stream.Server) ([]string, error) {
	files, err := l.inherited()
	defer func() {
		for _, f := range files {
			_ = f.Close() // the server has a descriptor of its own
		}
	}()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, f := range files {
		addr, err := server.Adopt(f)
		if err != nil {
			return nil, fmt.Errorf("descriptor %s: %w", f.Name(), err)
		}
		list = append(list, shown(addr))
	}
	addrs := l.Addr
	if len(addrs) == 0 && len(list) == 0 {
		addrs = []string{defaultAddr}
	}
	for _, a := range addrs {
		addr, err := server.Listen(splitAddr(a))
		if err != nil {
			return nil, err
		}
		list = append(list, shown(addr))
	}
	return list, nil
}

// inherited returns the sockets that systemd has passed, and those of --fd.
func (l *listeners) inherited() ([]*os.File, error) {
	files, err := stream.Inherited()
	for _, fd := range l.FD {
		f := os.NewFile(uintptr(fd), strconv.Itoa(fd))
		if f == nil {
			err = errors.Join(err, fmt.Errorf("--fd %d: bad descriptor", fd))
			continue
		}
		files = append(files, f)
	}
	return files, err
}

// shown is an address as --addr takes it.
func shown(addr net.Addr) string {
	if addr.Network() == "unix" {
		return unixPrefix + addr.String()
	}
	return addr.String()
}

// splitAddr is what an address means to those that listen and dial.
func splitAddr(addr string) (network, address string) {
	if path, unix := strings.CutPrefix(addr, unixPrefix); unix {
		return "unix", path
	}
	return "tcp", addr
}

// checkPath finds what is no path of a Unix socket.
func checkPath(flag, path string) error {
	if path == "" {
		return fmt.Errorf("%s %s: the path is missing", flag, unixPrefix)
	}
	return nil
}

// checkAddr finds what is no address to listen at.
func checkAddr(flag, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if wrong := (*net.AddrError)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("%s %s: %s: want HOST:PORT", flag, addr, wrong.Err)
	}
	_, unknown := net.LookupPort("tcp", port)
	switch {
	case unknown != nil:
		return fmt.Errorf("%s %s: the port must be 0-65535, or the name of a service", flag, addr)
	case host != "" && host != "localhost" && !isAddress(host):
		return fmt.Errorf("%s %s: the host must be an address", flag, addr)
	}
	return nil
}
