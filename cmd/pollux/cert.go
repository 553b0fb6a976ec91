package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/pollux-net/pollux/internal/certs"
)

type certCommand struct {
	Names     []string `arg:"" optional:"" name:"name" help:"DNS names and addresses the certificate is for; without any, the local host's."`
	Out       string   `default:"." type:"path" placeholder:"DIR" help:"Where the files go (${default}); made if it is not there."`
	Base      string   `default:"" placeholder:"NAME" help:"The files' name: NAME.pem and NAME-key.pem; server or client if there is none."`
	Client    bool     `help:"A certificate for a client instead of a server."`
	CAOnly    bool     `name:"ca-only" help:"Make the authority only."`
	Days      int      `default:"90" help:"How long what is made is valid (${default} days)."`
	Algorithm string   `enum:"ecdsa,ed25519,rsa" default:"ecdsa" help:"The keys' algorithm: ${enum}."`
	Force     bool     `help:"Overwrite files that are there."`
}

// Help is shown by pollux cert --help.
func (*certCommand) Help() string {
	return `Makes certificates for local use. The authority is kept in ca.pem and ca-key.pem: it is made the first time, and used again when both are there; --force makes a new one only with --ca-only. Keys are written with mode 0600, and nothing is overwritten without --force. The authority can sign for any name: who has ca-key.pem can impersonate everybody to those who trust ca.pem.

Examples:
  pollux cert                                # ca.pem, server.pem and server-key.pem for localhost
  pollux cert --out certs example.test 192.0.2.1
  pollux cert --client --base alice alice
  pollux serve --tls --cert server.pem --key server-key.pem`
}

// maxDays keeps a wrong number from making a date that nobody can read.
const maxDays = 36500

// Validate checks the arguments.
func (c *certCommand) Validate() error {
	switch {
	case c.Days < 1 || c.Days > maxDays:
		return fmt.Errorf("--days must be 1-%d", maxDays)
	case c.CAOnly && (c.Client || c.Base != "" || len(c.Names) > 0):
		return errors.New("--ca-only makes no certificate: it takes no names, --client or --base")
	case c.Base != "" && c.Base != filepath.Base(c.Base) || c.Base == "ca":
		return errors.New("--base must be a file's name without a directory, and not ca")
	}
	for _, name := range c.Names {
		if name == "" || len(name) > 253 {
			return fmt.Errorf("%q is not a name", name)
		}
	}
	return nil
}

// Run makes the files.
func (c *certCommand) Run(env *environment) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	authority, err := c.authority(env)
	if err != nil || c.CAOnly {
		return err
	}
	pair, err := authority.Issue(c.leaf())
	if err != nil {
		return err
	}
	key, err := pair.KeyPEM()
	if err != nil {
		return err
	}
	return c.keep(env, c.base(), pair.CertPEM(), key)
}

func (c *certCommand) base() string {
	switch {
	case c.Base != "":
		return c.Base
	case c.Client:
		return "client"
	}
	return "server"
}

func (c *certCommand) keyType() certs.KeyType {
	return map[string]certs.KeyType{"ecdsa": certs.ECDSAP256, "ed25519": certs.Ed25519, "rsa": certs.RSA2048}[c.Algorithm]
}

func (c *certCommand) end() time.Time { return time.Now().Add(time.Duration(c.Days) * 24 * time.Hour) }

// leaf sorts names from addresses.
func (c *certCommand) leaf() certs.Leaf {
	leaf := certs.Leaf{KeyType: c.keyType(), Usage: certs.Server, NotAfter: c.end()}
	if c.Client {
		leaf.Usage = certs.Client
	}
	for _, name := range c.Names {
		if ip, err := netip.ParseAddr(name); err == nil {
			leaf.IPs = append(leaf.IPs, net.IP(ip.Unmap().AsSlice()))
		} else {
			leaf.Names = append(leaf.Names, name)
		}
	}
	return leaf
}

// authority takes the one that is kept, or makes it.
func (c *certCommand) authority(env *environment) (*certs.Authority, error) {
	cert, errCert := os.ReadFile(filepath.Join(c.Out, "ca.pem"))
	key, errKey := os.ReadFile(filepath.Join(c.Out, "ca-key.pem"))
	switch {
	case c.CAOnly, errors.Is(errCert, fs.ErrNotExist) && errors.Is(errKey, fs.ErrNotExist):
	case errCert != nil || errKey != nil: // half an authority is somebody's mistake
		return nil, errors.Join(errCert, errKey)
	default:
		authority, err := certs.LoadAuthority(cert, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(c.Out, "ca.pem"), err)
		}
		return authority, nil
	}
	authority, err := certs.NewAuthority(certs.Options{CommonName: "Pollux local authority", KeyType: c.keyType(), NotAfter: c.end()})
	if err != nil {
		return nil, err
	}
	if key, err = authority.KeyPEM(); err != nil {
		return nil, err
	}
	return authority, c.keep(env, "ca", authority.PEM(), key)
}

// keep writes a certificate and its key, and says so.
func (c *certCommand) keep(env *environment, base string, cert, key []byte) error {
	files := []struct {
		path string
		data []byte
		mode os.FileMode
	}{
		{filepath.Join(c.Out, base+"-key.pem"), key, 0o600},
		{filepath.Join(c.Out, base+".pem"), cert, 0o644},
	}
	for _, f := range files {
		if _, err := os.Lstat(f.path); err == nil && !c.Force {
			return fmt.Errorf("%s is there already; --force overwrites it", f.path)
		}
	}
	for _, f := range files {
		if err := c.write(f.path, f.data, f.mode); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(env.stdout, f.path); err != nil {
			return err
		}
	}
	return nil
}

// write makes a new file: never through a link, nor with an old file's mode.
func (c *certCommand) write(path string, data []byte, mode os.FileMode) error {
	if c.Force {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
