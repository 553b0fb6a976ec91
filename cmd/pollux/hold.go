package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pollux-net/pollux/cmd/pollux/internal/hold"
	"github.com/pollux-net/pollux/internal/procfs"
	"github.com/pollux-net/pollux/reactor"
)

type holdCommand struct {
	Addr       string        `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"The server: HOST:PORT (${default}) or unix:PATH."`
	Conns      int           `default:"1000" help:"How many connections to hold (${default})."`
	TLS        bool          `name:"tls" help:"Make a TLS handshake on each."`
	ServerName string        `name:"server-name" placeholder:"NAME" help:"The name that the certificate must be for; that of --addr otherwise."`
	For        time.Duration `default:"0s" help:"How long to hold them; 0 is until a signal."`
	Echo       int           `default:"0" placeholder:"BYTES" help:"Have the server, one of echo, send back so many bytes on each before they are held."`
	Dials      int           `default:"128" help:"How many connections to open at a time (${default})."`
	Timeout    time.Duration `default:"30s" help:"How long each may take to open, and the echoes to come (${default})."`
	Source     []string      `sep:"none" placeholder:"IP" help:"A local address to connect from. May be repeated: one has some 28000 ports on Linux."`
	PID        int           `name:"pid" default:"0" help:"The server's process; 0 finds who listens at --addr."`

	Trust trust `embed:""`
}

// Help is shown by pollux hold --help.
func (*holdCommand) Help() string {
	return `Opens connections, keeps them, and says what the server pays for each of them: memory (all that is in RAM, Rss of smaps_rollup), time on a processor and descriptors, as Linux tells of a process on the same machine that belongs to you. A server in a language that collects garbage may give memory back later.

The exit code is 1 if a connection could not be opened, was closed by the server while it was held, or did not bring its echo.

Examples:
  pollux serve --app echo --addr 127.0.0.1:7000 &
  pollux hold --addr 127.0.0.1:7000 --conns 4000 --echo 512 --for 1s`
}

// Validate checks the arguments.
func (h *holdCommand) Validate() error {
	network, address := splitAddr(h.Addr)
	if network == "unix" {
		if err := checkPath("--addr", address); err != nil {
			return err
		}
	} else if host, _, _ := net.SplitHostPort(address); host == "" {
		return fmt.Errorf("--addr %s: want HOST:PORT", h.Addr)
	}
	switch {
	case h.Conns < 1 || h.Dials < 1:
		return errors.New("--conns and --dials must be at least 1")
	case h.For < 0 || h.Timeout <= 0 || h.Echo < 0 || h.PID < 0:
		return errors.New("--for, --echo and --pid must not be negative, --timeout must be positive")
	case !h.TLS && (h.Trust != trust{} || h.ServerName != ""):
		return errors.New("--ca, --insecure and --server-name need --tls")
	}
	if err := h.Trust.check(); err != nil {
		return err
	}
	for _, s := range h.Source {
		if !isAddress(s) {
			return fmt.Errorf("--source %s: it must be an address", s)
		}
	}
	return nil
}

// Run opens the connections, holds them and reports.
func (h *holdCommand) Run(env *environment) (err error) {
	group, err := reactor.NewGroup(reactor.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, group.Close()) }()
	config, err := h.config()
	if err != nil {
		return err
	}
	holder, err := hold.New(group, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, holder.Close()) }()
	ctx, stop := env.interruptible(context.Background())
	defer stop()
	return h.hold(ctx, holder, &report{out: env.stdout}, h.server())
}

// config is what the holder is to do.
func (h *holdCommand) config() (hold.Config, error) {
	c := hold.Config{Sources: h.Source, Dials: h.Dials, Timeout: h.Timeout}
	c.Network, c.Address = splitAddr(h.Addr)
	if !h.TLS {
		return c, nil
	}
	if c.ServerHostname = h.ServerName; c.ServerHostname == "" {
		c.ServerHostname, _, _ = net.SplitHostPort(h.Addr)
	}
	var err error
	c.TLS, err = h.Trust.context()
	return c, err
}

// hold is Run without what it needs.
func (h *holdCommand) hold(ctx context.Context, holder *hold.Holder, r *report, server *account) error {
	server.look()
	start := reactor.Now()
	err := holder.Open(ctx, h.Conns)
	took := time.Duration(reactor.Now() - start)
	opened, _ := holder.Held()
	failed, first := holder.Failed()
	r.printf("%d connections to %s in %s, %.0f/s; %d failed\n", opened, h.Addr, took.Round(time.Millisecond), float64(opened)/took.Seconds(), failed)
	if err != nil {
		return errInterrupted
	}
	if opened == 0 {
		return first
	}
	server.report(r, "open", opened)
	echoes := opened
	if h.Echo > 0 {
		limited, cancel := context.WithTimeout(ctx, h.Timeout)
		echoes = holder.Echo(limited, h.Echo)
		cancel()
		r.printf("%d of %d have brought their echo of %d bytes\n", echoes, opened, h.Echo)
		server.report(r, "after an echo", opened)
	}
	r.printf("holding\n")
	h.wait(ctx)
	_, lost := holder.Held()
	r.printf("%d closed by the server meanwhile\n", lost)
	server.report(r, "at the end", opened)
	switch {
	case r.err != nil:
		return r.err
	case first != nil:
		return first
	case lost > 0:
		return fmt.Errorf("the server has closed %d of %d connections", lost, opened)
	case echoes < opened:
		return fmt.Errorf("%d of %d connections brought no echo", opened-echoes, opened)
	}
	return nil
}

// wait holds the connections for as long as is wanted.
func (h *holdCommand) wait(ctx context.Context) {
	if h.For > 0 {
		limited, cancel := context.WithTimeout(ctx, h.For)
		defer cancel()
		ctx = limited
	}
	<-ctx.Done()
}

// account is what the server's process has used, or why that is not known.
type account struct {
	pid         int
	unknown     error
	rss         int64
	descriptors int
	used        procfs.Accounts
}

// server finds the server's process.
func (h *holdCommand) server() *account {
	a := &account{pid: h.PID}
	if a.pid > 0 {
		return a
	}
	network, address := splitAddr(h.Addr)
	if network == "unix" {
		a.pid, a.unknown = procfs.UnixListener(address)
		return a
	}
	addr, err := net.ResolveTCPAddr(network, address)
	if err != nil {
		a.unknown = err
		return a
	}
	a.pid, a.unknown = procfs.Listener(netip.AddrPortFrom(addr.AddrPort().Addr().Unmap(), uint16(addr.Port)))
	return a
}

// look takes what the process has used.
func (a *account) look() {
	if a.unknown != nil {
		return
	}
	if a.rss, a.unknown = procfs.RSS(a.pid); a.unknown != nil {
		return
	}
	if a.descriptors, a.unknown = procfs.Descriptors(a.pid); a.unknown != nil {
		return
	}
	a.used, a.unknown = procfs.Read(a.pid)
}

// report tells what has come to it since the first look, for each of n
// connections.
func (a *account) report(r *report, when string, n int) {
	now := account{pid: a.pid, unknown: a.unknown}
	now.look()
	if now.unknown != nil {
		r.printf("%s: what the server has used is not known: %v\n", when, now.unknown)
		return
	}
	each := func(total float64) float64 { return total / float64(n) }
	r.printf("%s: process %d has %.1f MB, %.2f KB more for each; %.1f µs of processor for each; %d descriptors more\n", when, a.pid,
		float64(now.rss)/(1<<20), each(float64(now.rss-a.rss)/1024),
		each(float64(now.used.Since(a.used).CPU)/float64(time.Microsecond)), now.descriptors-a.descriptors)
}
