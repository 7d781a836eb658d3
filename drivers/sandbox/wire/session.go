package wire

import (
	"bufio"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"clusterctl/drivers/internal/memdb"
)

// heartbeatTimeout is what dqlite tells every client, in milliseconds; neither side acts on it.
const heartbeatTimeout = 15000

// session is one client's connection.
type session struct {
	handler  Handler
	requests <-chan request
	w        *bufio.Writer
	out      encoder
	// db is the database that the client opened, nil before. A connection has one; its id is always zero.
	db driver.Conn
}

// close ends what the client left open. The error has nobody to go to.
func (s *session) close() {
	if s.db != nil {
		_ = s.db.Close()
	}
}

// answer writes the response to one request. Its error ends the connection; all others become failures.
func (s *session) answer(ctx context.Context, req request) error {
	d := &decoder{rest: req.body}
	if req.schema != 0 {
		return s.fail(&Failure{Code: CodeParse, Text: "unrecognized schema version"})
	}
	s.out.reset()
	response, err := s.do(ctx, req.kind, d)
	switch {
	case d.err != nil:
		return fmt.Errorf("reading request %d: %w", req.kind, d.err)
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errOutOfTurn):
		return err
	case errors.Is(err, errInterrupted):
		s.out.reset()
		s.out.uint64(0)
		return s.send(respEmpty)
	case err != nil:
		return s.fail(err)
	}
	return s.send(response)
}

// do carries a request out: it fills s.out with the body of the response and returns the response's kind. Each part
// decodes its request and looks at the decoder's error before it acts; answer looks again.
func (s *session) do(ctx context.Context, kind byte, d *decoder) (byte, error) {
	switch kind {
	case reqLeader:
		return respNode, s.leader(ctx, d)
	case reqClient:
		d.uint64() // the client's id, which means nothing to anybody
		s.out.uint64(heartbeatTimeout)
		return respWelcome, nil
	case reqOpen:
		return respDatabase, s.open(ctx, d)
	case reqQuerySQL:
		return respRows, s.query(ctx, d)
	case reqInterrupt: // without rows under way it does nothing, and is answered all the same
		d.uint64()
		s.out.uint64(0)
		return respEmpty, nil
	case reqCluster:
		return respNodes, s.cluster(ctx, d)
	}
	return 0, &Failure{Code: CodeParse, Text: "unrecognized request type"}
}

func (s *session) leader(ctx context.Context, d *decoder) error {
	if d.uint64(); d.err != nil {
		return d.err
	}
	id, address, err := s.handler.Leader(ctx)
	if err != nil {
		return err
	}
	s.out.uint64(id)
	s.out.text(address)
	return nil
}

// cluster lists the Raft configuration with roles, which is its format 1.
func (s *session) cluster(ctx context.Context, d *decoder) error {
	format := d.uint64()
	switch {
	case d.err != nil:
		return d.err
	case format != 1:
		return &Failure{Code: CodeParse, Text: "unrecognized cluster format"}
	}
	nodes, err := s.handler.Nodes(ctx)
	if err != nil {
		return err
	}
	s.out.uint64(uint64(len(nodes)))
	for _, n := range nodes {
		s.out.uint64(n.ID)
		s.out.text(n.Address)
		s.out.uint64(uint64(n.Role))
	}
	return nil
}

func (s *session) open(ctx context.Context, d *decoder) error {
	name := d.text()
	d.uint64() // flags, unused since dqlite 1.0
	d.text()   // the name of a virtual file system, unused too
	if d.err != nil {
		return d.err
	}
	if err := s.handler.CheckLeader(ctx); err != nil {
		return err
	}
	if s.db != nil {
		return &Failure{Code: CodeBusy, Text: "a database for this connection is already open"}
	}
	db, err := s.handler.Open(ctx, name)
	if err != nil {
		return err
	}
	s.db = db
	s.out.uint64(0)
	return nil
}

// query runs one statement for its rows. Only the database with the id zero exists.
func (s *session) query(ctx context.Context, d *decoder) (err error) {
	id, text := d.uint64(), d.text()
	if d.err != nil {
		return d.err
	}
	if err := s.handler.CheckLeader(ctx); err != nil {
		return err
	}
	db, ok := s.db.(driver.QueryerContext)
	switch {
	case id != 0 || !ok:
		return &Failure{Code: CodeNotFound, Text: "no database opened"}
	case len(d.rest) > 0:
		return &Failure{Code: CodeError, Text: "the sandbox takes no parameters"}
	}
	rows, err := db.QueryContext(ctx, text, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return s.stream(ctx, rows)
}

// send writes the frame that s.out holds.
func (s *session) send(kind byte) error {
	if _, err := s.w.Write(s.out.frame(kind)); err != nil {
		return fmt.Errorf("answering: %w", err)
	}
	return nil
}

// fail writes a failure in place of the response.
func (s *session) fail(err error) error {
	var f *Failure
	if !errors.As(err, &f) {
		code, text := memdb.Reason(err)
		f = &Failure{Code: uint64(code), Text: text}
	}
	s.out.reset()
	s.out.uint64(f.Code)
	s.out.text(f.Text)
	return s.send(respFailure)
}
