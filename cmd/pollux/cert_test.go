package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// files reads what cert has made.
func certFile(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatalf("%s is no PEM", path)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCert(t *testing.T) {
	for algorithm, want := range map[string]any{"ecdsa": &ecdsa.PublicKey{}, "ed25519": ed25519.PublicKey{}, "rsa": &rsa.PublicKey{}} {
		t.Run(algorithm, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			pollux(t, "cert", "--out", dir, "--algorithm", algorithm, "--days=10", "example.test", "192.0.2.1", "2001:db8::1").
				expect(t, exitOK, []string{"ca.pem\n", "ca-key.pem\n", "server.pem\n", "server-key.pem\n"}, nil)
			pollux(t, "cert", "--out", dir, "--client", "--base=alice", "alice").expect(t, exitOK, []string{"alice.pem"}, nil)
			ca, server, client := certFile(t, dir+"/ca.pem"), certFile(t, dir+"/server.pem"), certFile(t, dir+"/alice.pem")
			if got := fmt.Sprintf("%T", server.PublicKey); got != fmt.Sprintf("%T", want) {
				t.Error(got)
			}
			left := time.Until(server.NotAfter)
			if left > 10*24*time.Hour || left < 9*24*time.Hour {
				t.Error(server.NotAfter)
			}
			pool := x509.NewCertPool()
			pool.AddCert(ca)
			for _, host := range []string{"example.test", "192.0.2.1", "2001:db8::1"} {
				if _, err := server.Verify(x509.VerifyOptions{Roots: pool, DNSName: host}); err != nil {
					t.Error(err)
				}
			}
			if _, err := client.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
				t.Error(err)
			}
			if _, err := tls.LoadX509KeyPair(dir+"/server.pem", dir+"/server-key.pem"); err != nil {
				t.Error(err)
			}
			for _, key := range []string{"ca-key.pem", "server-key.pem", "alice-key.pem"} {
				if info, err := os.Stat(filepath.Join(dir, key)); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v", key, info.Mode(), err)
				}
			}
		})
	}
}

func TestCertOverwrites(t *testing.T) {
	dir := t.TempDir()
	pollux(t, "cert", "--out", dir).expect(t, exitOK, nil, nil)
	ca, server := certFile(t, dir+"/ca.pem"), certFile(t, dir+"/server.pem")
	pollux(t, "cert", "--out", dir).expect(t, exitFailure, nil, []string{"server-key.pem is there already; --force"})
	pollux(t, "cert", "--out", dir, "--ca-only").expect(t, exitFailure, nil, []string{"ca-key.pem is there already; --force"})
	if !certFile(t, dir+"/server.pem").Equal(server) {
		t.Error("it was overwritten")
	}
	if err := os.Chmod(dir+"/server-key.pem", 0o644); err != nil {
		t.Fatal(err)
	}
	pollux(t, "cert", "--out", dir, "--force").expect(t, exitOK, nil, nil)
	if certFile(t, dir+"/server.pem").Equal(server) || !certFile(t, dir+"/ca.pem").Equal(ca) {
		t.Error("--force makes a new certificate, of the old authority")
	}
	if info, err := os.Stat(dir + "/server-key.pem"); err != nil || info.Mode().Perm() != 0o600 {
		t.Error("an old file's mode was kept")
	}
	pollux(t, "cert", "--out", dir, "--ca-only", "--force").expect(t, exitOK, nil, nil)
	if certFile(t, dir+"/ca.pem").Equal(ca) {
		t.Error("--ca-only --force makes a new authority")
	}
}

func TestCertErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--days=0"}, exitUsage, "--days must be 1-36500"},
		{[]string{"--ca-only", "name"}, exitUsage, "--ca-only makes no certificate"},
		{[]string{"--base=a/b"}, exitUsage, "--base must be"},
		{[]string{"--base=ca"}, exitUsage, "--base must be"},
		{[]string{"--algorithm=dsa"}, exitUsage, "must be one of"},
		{[]string{""}, exitUsage, "is not a name"},
	} {
		pollux(t, append([]string{"cert", "--out", dir}, c.args...)...).expect(t, c.code, nil, []string{c.want})
	}
	if err := os.WriteFile(dir+"/ca.pem", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	pollux(t, "cert", "--out", dir).expect(t, exitFailure, nil, []string{"ca-key.pem"}) // half an authority
	if err := os.WriteFile(dir+"/ca-key.pem", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	pollux(t, "cert", "--out", dir).expect(t, exitFailure, nil, []string{"ca.pem: certs: no certificate"})
	pollux(t, "cert", "--out", dir+"/ca.pem").expect(t, exitFailure, nil, []string{"not a directory"})
}

// TestCertServes runs a server and a client on what cert has made.
func TestCertServes(t *testing.T) {
	dir := t.TempDir()
	pollux(t, "cert", "--out", dir).expect(t, exitOK, nil, nil)
	s := serve(t, "--tls", "--cert="+dir+"/server.pem", "--key="+dir+"/server-key.pem")
	pollux(t, "get", "--ca="+dir+"/ca.pem", "https://"+s.addr+"/status/200").expect(t, exitOK, nil, nil)
}
