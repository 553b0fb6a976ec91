// Package peer has the servers that the programs compare: Pollux, and what
// else serves connections.
package peer

import (
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/pollux-net/pollux/bench/internal/child"
)

// Server is one entry of a comparison. Either Serve or Build is set.
type Server struct {
	Name string
	TLS  bool
	UDP  bool
	HTTP bool
	// Serve listens on cfg.Addr, calls cfg.Ready and serves until it fails.
	Serve func(cfg Config) error
	// Build makes an executable in dir, which is called with the address and
	// the number of loops and keeps to the protocol of [Command]. It returns
	// ErrAbsent if this machine cannot build it. Args follow the others.
	Build func(dir string) (path string, err error)
	Args  []string
}

// Config is what a server is told.
type Config struct {
	Addr   string
	Loops  int // event loops, for those which have them
	Buffer int // bytes read at once, for those which let their user choose
	Ready  func(addr string)
}

// The buffers of servers with a goroutine for each connection.
const (
	PlainBuffer = 4096
	TLSBuffer   = 16 * 1024
)

// DefaultBuffer is the server's, as the programs that do not vary it have it.
func (s Server) DefaultBuffer() int {
	if s.TLS {
		return TLSBuffer
	}
	return PlainBuffer
}

// Plain lists the echo servers that every program compares.
func Plain() []Server {
	return []Server{
		{Name: "c", Build: buildC},
		{Name: "net", Serve: serveNet},
		{Name: "netpoll", Serve: serveNetpoll},
		{Name: "pollux", Serve: servePollux},
	}
}

// TLS lists the same for TLS.
func TLS() []Server {
	return []Server{
		{Name: "c-openssl", TLS: true, Build: buildOpenSSL},
		{Name: "tls-net", TLS: true, Serve: serveTLS},
		{Name: "pollux-tls", TLS: true, Serve: servePolluxTLS},
	}
}

// Names lists servers for the user.
func Names(list []Server) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	return strings.Join(names, ",")
}

// Find returns the server of that name.
func Find(list []Server, name string) (Server, error) {
	i := slices.IndexFunc(list, func(s Server) bool { return s.Name == name })
	if i < 0 {
		return Server{}, fmt.Errorf("no server %q, there are %s", name, Names(list))
	}
	return list[i], nil
}

// Pick returns the servers that text names.
func Pick(list []Server, text string) ([]Server, error) {
	var picked []Server
	for name := range strings.SplitSeq(text, ",") {
		s, err := Find(list, strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		picked = append(picked, s)
	}
	return picked, nil
}

// Command is "serve NAME" in each of the programs: a child that is ready with
// its address. Asked "free", it gives back the memory it does not use and
// answers "FREED".
func Command(list []Server, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("serve: which server? There are %s", Names(list))
	}
	s, err := Find(list, args[0])
	if err != nil {
		return err
	}
	if s.Serve == nil {
		return fmt.Errorf("serve: %s is a program of its own", s.Name)
	}
	cfg := Config{Ready: func(addr string) { fmt.Println("READY", addr) }}
	flags := flag.NewFlagSet("serve "+s.Name, flag.ContinueOnError)
	flags.StringVar(&cfg.Addr, "addr", "127.0.0.1:0", "`address` to listen on")
	flags.IntVar(&cfg.Loops, "loops", 1, "event loops")
	flags.IntVar(&cfg.Buffer, "buffer", PlainBuffer, "`bytes` each connection reads at once")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	go child.Serve(func(string) string {
		debug.FreeOSMemory()
		return "FREED"
	})
	return s.Serve(cfg)
}

// Programs are executables for servers.
type Programs struct {
	self     string // this program
	binaries map[string]string
	absent   map[string]error
}

// Build makes the executables, those which are not in the program self. A
// server that cannot be built here is absent; one that should be and fails is
// an error.
func Build(self string, list []Server, dir string) (*Programs, error) {
	p := &Programs{self: self, binaries: map[string]string{}, absent: map[string]error{}}
	for _, s := range list {
		if s.Build == nil {
			continue
		}
		binary, err := s.Build(dir)
		if errors.Is(err, ErrAbsent) {
			p.absent[s.Name] = err
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("building %s: %w", s.Name, err)
		}
		p.binaries[s.Name] = binary
	}
	return p, nil
}

// Absent tells why there is no such server.
func (p *Programs) Absent(s Server) error { return p.absent[s.Name] }

// Command starts s on any port of the loopback.
func (p *Programs) Command(s Server, loops, buffer int) *exec.Cmd {
	const anyPort = "127.0.0.1:0"
	if binary := p.binaries[s.Name]; binary != "" {
		return exec.Command(binary, append([]string{anyPort, strconv.Itoa(loops)}, s.Args...)...)
	}
	cmd := exec.Command(p.self, "serve", s.Name, "-addr", anyPort,
		"-loops", strconv.Itoa(loops), "-buffer", strconv.Itoa(buffer))
	cmd.Env = child.Env()
	return cmd
}
