package tlsbridge_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge"
)

// A feature is a row of the table of interoperation.
type feature int

const (
	featEcho feature = iota
	featALPN
	featClientCert
	featResumption
	featSTARTTLS
	featUnwrap
	featAgain
	featKeyUpdate
	featBytes
	featLong
)

var featureNames = []string{
	"handshake, echo, close", "ALPN", "client certificate", "resumption", "STARTTLS", "unwrap",
	"unwrap, plaintext, wrap", "key update by the peer", "segments of 1 byte", "100,000 bytes",
}

const alpnName = "http/1.1" // which curl offers

// exam is one case of the table.
type exam struct {
	version tlsbridge.TLSVersion
	key     certs.KeyType
	feat    feature
}

func (x exam) String() string {
	return fmt.Sprintf("%v/%v/%s", x.version, x.key, strings.ReplaceAll(featureNames[x.feat], " ", "_"))
}

// connections is how many connections the case takes.
func (x exam) connections() int {
	if x.feat == featResumption {
		return 2
	}
	return 1
}

// message is what is echoed. It begins as no command of s_client's does.
func (x exam) message() string {
	if x.feat == featLong {
		return "=" + strings.Repeat("m", 99_998) + "\n"
	}
	return "=hello\n"
}

// peer is one column: the program at the other end, in one role.
type peer struct {
	name   string
	http   bool // it speaks HTTP, and fetches the message
	absent string
	// lacks says why the peer cannot do a case, or nothing.
	lacks func(x exam) string
	// Exactly one of the two is there.
	client func(t *testing.T, x exam, port int) error
	server func(t *testing.T, x exam) (port int, wait func() error)
}

// never is what no peer can do.
func never(x exam) string {
	if x.feat == featKeyUpdate && x.version != tlsbridge.TLSv1_3 {
		return "TLS 1.2 has no key update"
	}
	return ""
}

// TestInterop runs all cases with all peers, and prints the table.
//
//inventory:row SSLSocket interoperation
func TestInterop(t *testing.T) {
	begin(t)
	peers := []*peer{openSSLClient(t), openSSLServer(t), curlClient(t), pythonClient(t), pythonServer(t), goClient(), goServer()}
	table := newTable(peers)
	for column, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			if p.absent != "" {
				table.skipColumn(column, p.absent)
				t.Skip(p.absent)
			}
			for _, x := range exams() {
				why := never(x)
				if why == "" {
					why = p.lacks(x)
				}
				if why != "" {
					table.set(x, column, "", why)
					continue
				}
				ok := t.Run(x.String(), func(t *testing.T) { examine(t, p, x) })
				table.set(x, column, map[bool]string{true: "ok", false: "FAIL"}[ok], "")
			}
		})
	}
	t.Log("\n" + table.String())
}

func exams() []exam {
	var list []exam
	for feat := range featureNames {
		for _, v := range []tlsbridge.TLSVersion{tlsbridge.TLSv1_2, tlsbridge.TLSv1_3} {
			for _, key := range []certs.KeyType{certs.RSA2048, certs.ECDSAP256, certs.Ed25519} {
				list = append(list, exam{v, key, feature(feat)})
			}
		}
	}
	return list
}

// examine has us play the role that the peer leaves.
func examine(t *testing.T, p *peer, x exam) {
	begin(t)
	if p.server != nil {
		port, wait := p.server(t, x)
		if x.feat == featBytes {
			port = byteRelay(t, port)
		}
		err := ourClient(t, x, port)
		if e := wait(); err != nil || e != nil {
			t.Errorf("we: %v; the peer: %v", err, e)
		}
		return
	}
	port, wait := ourServer(t, x, p.http)
	if x.feat == featBytes {
		port = byteRelay(t, port)
	}
	err := p.client(t, x, port)
	if e := wait(); err != nil || e != nil {
		t.Errorf("the peer: %v; we: %v", err, e)
	}
}

// identity is the certificates of one key type, in memory and in files.
type identity struct {
	server, client         *certs.Pair
	cert, key, ccert, ckey string // paths
}

// identities are made once: RSA keys take their time.
var identities = sync.OnceValue(func() map[certs.KeyType]*identity {
	list := make(map[certs.KeyType]*identity)
	for _, kt := range []certs.KeyType{certs.RSA2048, certs.ECDSAP256, certs.Ed25519} {
		server, err := pki().authority.Issue(certs.Leaf{Names: []string{serverName}, KeyType: kt, Usage: certs.Server})
		if err != nil {
			panic(err)
		}
		client, err := pki().authority.Issue(certs.Leaf{Names: []string{"client.test"}, KeyType: kt, Usage: certs.Client})
		if err != nil {
			panic(err)
		}
		list[kt] = &identity{server: server, client: client}
	}
	return list
})

// onDisk writes the certificates of all key types, and the authority's.
func onDisk(t *testing.T) (ca string, of func(exam) *identity) {
	t.Helper()
	dir := t.TempDir()
	ca = filepath.Join(dir, "ca")
	must(t, os.WriteFile(ca, pki().authority.PEM(), 0o600))
	list := make(map[certs.KeyType]*identity)
	for kt, id := range identities() {
		filed := *id
		filed.cert, filed.key = writePair(t, dir, kt.String()+".server", id.server)
		filed.ccert, filed.ckey = writePair(t, dir, kt.String()+".client", id.client)
		list[kt] = &filed
	}
	return ca, func(x exam) *identity { return list[x.key] }
}

func writePair(t *testing.T, dir, name string, pair *certs.Pair) (cert, key string) {
	t.Helper()
	keyPEM, err := pair.KeyPEM()
	must(t, err)
	cert, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	must(t, os.WriteFile(cert, pair.CertPEM(), 0o600))
	must(t, os.WriteFile(key, keyPEM, 0o600))
	return cert, key
}

// interopTable collects the cells: a row has one for each peer, of as many
// words as there are key types.
type interopTable struct {
	peers []*peer
	cells map[string]map[int][]string
	rows  []string
	notes []string
}

func newTable(peers []*peer) *interopTable {
	return &interopTable{peers: peers, cells: make(map[string]map[int][]string)}
}

func (i *interopTable) skipColumn(column int, why string) {
	for _, x := range exams() {
		i.set(x, column, "", why)
	}
}

func (i *interopTable) set(x exam, column int, result, why string) {
	row := fmt.Sprintf("%v %s", x.version, featureNames[x.feat])
	if i.cells[row] == nil {
		i.cells[row] = make(map[int][]string)
		i.rows = append(i.rows, row)
	}
	if why != "" {
		result = fmt.Sprintf("n/a(%d)", i.note(why))
	}
	i.cells[row][column] = append(i.cells[row][column], result)
}

func (i *interopTable) note(why string) int {
	for n, known := range i.notes {
		if known == why {
			return n + 1
		}
	}
	i.notes = append(i.notes, why)
	return len(i.notes)
}

// String lays the table out. A cell whose key types agree is one word;
// otherwise it has RSA, ECDSA and Ed25519.
func (i *interopTable) String() string {
	rows := "RSA, ECDSA and Ed25519 each"
	for _, p := range i.peers {
		rows += "\t" + p.name
	}
	for _, row := range i.rows {
		rows += "\n" + row
		for column := range i.peers {
			cell := i.cells[row][column]
			text := strings.Join(cell, " ")
			if strings.Count(text, cell[0]) == len(cell) {
				text = cell[0]
			}
			rows += "\t" + text
		}
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	_, _ = io.WriteString(w, rows+"\n") // it is memory
	_ = w.Flush()
	for n, why := range i.notes {
		fmt.Fprintf(&out, "(%d) %s\n", n+1, why)
	}
	return out.String()
}
