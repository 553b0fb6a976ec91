// Package lab is what the programs that compare servers have in common: their
// command line, and servers that run while they are measured.
package lab

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// Program compares servers.
type Program struct {
	Name    string
	Servers func() []peer.Server
	Parts   map[string]func(args []string) error // what it runs in children, beside "serve"
	Measure func(args []string) error
}

// Main runs the program and, if that fails, ends the process.
func (p Program) Main() {
	if err := p.Run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err)
		os.Exit(1)
	}
}

// Run runs the part that the first argument names, or measures.
func (p Program) Run(args []string) error {
	if len(args) == 0 {
		return p.Measure(args)
	}
	if args[0] == "serve" {
		return peer.Command(p.Servers(), args[1:])
	}
	if part := p.Parts[args[0]]; part != nil {
		return part(args[1:])
	}
	return p.Measure(args)
}

// Choice is what every program's flags choose.
type Choice struct {
	Servers []peer.Server
	TLS     *bool // only TLS, or only what is not; nil is both
}

// Flags returns a program's flags, which may choose among the servers.
func (c *Choice) Flags(name string, complaints io.Writer, all []peer.Server) *flag.FlagSet {
	c.Servers = all
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.Func("servers", "`list` of servers (default "+peer.Names(all)+")", func(text string) (err error) {
		c.Servers, err = peer.Pick(all, text)
		return err
	})
	flags.BoolFunc("tls", "only TLS; -tls=false: only what is plain", func(text string) error {
		only, err := strconv.ParseBool(text)
		c.TLS = &only
		return err
	})
	return flags
}

// Parse parses arguments that are all flags.
func Parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return nil
}

// Wants reports whether TLS, or what is plain, is to be measured.
func (c *Choice) Wants(useTLS bool) bool { return c.TLS == nil || *c.TLS == useTLS }

// Speaking returns the servers of TLS, or the others.
func (c *Choice) Speaking(useTLS bool) []peer.Server {
	var list []peer.Server
	for _, s := range c.Servers {
		if s.TLS == useTLS {
			list = append(list, s)
		}
	}
	return list
}
