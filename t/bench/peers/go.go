// go PORT STATEMENTS: the same answers by Go's net/http, pgx and JSON web tokens. PEER_KEY has the key of the
// tokens, PG... the way to PostgreSQL.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const page = 50

var (
	pool       *pgxpool.Pool
	statements = map[string]string{}
	key        = []byte(os.Getenv("PEER_KEY"))
	uuid       = regexp.MustCompile("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")
)

type moment time.Time

func (m moment) MarshalJSON() ([]byte, error) {
	return time.Time(m).UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

type ticket struct {
	ID            string  `json:"id"`
	Number        int     `json:"number"`
	Title         string  `json:"title"`
	Description   string  `json:"description"`
	State         string  `json:"state"`
	StateLabel    string  `json:"stateLabel"`
	Priority      string  `json:"priority"`
	AssigneeID    *string `json:"assigneeId"`
	AssigneeName  *string `json:"assigneeName"`
	CreatedBy     string  `json:"createdBy"`
	CreatedByName string  `json:"createdByName"`
	Version       int     `json:"version"`
	CreatedAt     moment  `json:"createdAt"`
	UpdatedAt     moment  `json:"updatedAt"`
	ClosedAt      *moment `json:"closedAt"`
}

func (t *ticket) scan(rows pgx.Rows, more ...interface{}) error {
	var closed *time.Time
	columns := []interface{}{&t.ID, &t.Number, &t.Title, &t.Description, &t.State, &t.StateLabel, &t.Priority,
		&t.AssigneeID, &t.AssigneeName, &t.CreatedBy, &t.CreatedByName, &t.Version,
		(*time.Time)(&t.CreatedAt), (*time.Time)(&t.UpdatedAt), &closed}
	err := rows.Scan(append(columns, more...)...)
	t.ClosedAt = (*moment)(closed)
	return err
}

type claims struct {
	jwt.StandardClaims
	Tenant int    `json:"tenant"`
	Name   string `json:"name"`
}

// A problem is an answer that says what was wrong.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string { return p.Detail }

func notFound(detail string) error {
	return &problem{"/problems/not-found", "Not found", 404, detail}
}

func missing(field string) error {
	return &problem{"/problems/invalid", "Not valid", 422, field + " is missing"}
}

// each calls read for each row of a statement, which sees the caller's tenant alone.
func each(who *claims, name string, read func(pgx.Rows) error, args ...interface{}) error {
	batch := &pgx.Batch{}
	batch.Queue(statements["tenant"], strconv.Itoa(who.Tenant))
	batch.Queue(statements[name], args...)
	results := pool.SendBatch(context.Background(), batch)
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func send(w http.ResponseWriter, status int, value interface{}) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(value)
}

func sendTickets(w http.ResponseWriter, r *http.Request, who *claims) error {
	answer := struct {
		Items      []ticket `json:"items"`
		NextCursor *string  `json:"nextCursor"`
		Total      int      `json:"total"`
	}{Items: make([]ticket, 0, page+1)}
	read := func(rows pgx.Rows) error {
		answer.Items = append(answer.Items, ticket{})
		return answer.Items[len(answer.Items)-1].scan(rows, &answer.Total)
	}
	var err error
	query := r.URL.Query()
	if q := query.Get("q"); q != "" {
		err = each(who, "search", read, strings.Split(query.Get("state"), ","), "%"+q+"%")
	} else {
		err = each(who, "list", read)
	}
	if err != nil {
		return err
	}
	if len(answer.Items) > page {
		answer.Items = answer.Items[:page]
		last := answer.Items[page-1]
		at := fmt.Sprintf("u:%d:%s", time.Time(last.UpdatedAt).UnixNano()/1000, last.ID)
		cursor := base64.RawURLEncoding.EncodeToString([]byte(at))
		answer.NextCursor = &cursor
	}
	return send(w, 200, answer)
}

func createTicket(w http.ResponseWriter, r *http.Request, who *claims) error {
	body := struct{ Title, Priority string }{Priority: "normal"}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.Title == "" {
		return missing("title")
	}
	var t ticket
	read := func(rows pgx.Rows) error { return t.scan(rows) }
	if err := each(who, "create", read, who.Subject, body.Title, body.Priority); err != nil {
		return err
	}
	return send(w, 201, &t)
}

func sendTicket(w http.ResponseWriter, who *claims, id string) error {
	var t ticket
	read := func(rows pgx.Rows) error { return t.scan(rows) }
	if err := each(who, "ticket", read, id); err != nil {
		return err
	}
	if t.ID == "" {
		return notFound("no such ticket")
	}
	return send(w, 200, &t)
}

func addComment(w http.ResponseWriter, r *http.Request, who *claims, id string) error {
	var body struct{ Body string }
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.Body == "" {
		return missing("body")
	}
	var c struct {
		ID         string  `json:"id"`
		TicketID   string  `json:"ticketId"`
		AuthorID   string  `json:"authorId"`
		AuthorName string  `json:"authorName"`
		Body       string  `json:"body"`
		Version    int     `json:"version"`
		CreatedAt  moment  `json:"createdAt"`
		UpdatedAt  moment  `json:"updatedAt"`
		ArchivedAt *moment `json:"archivedAt"`
	}
	read := func(rows pgx.Rows) error {
		var archived *time.Time
		err := rows.Scan(&c.ID, &c.TicketID, &c.AuthorID, &c.AuthorName, &c.Body, &c.Version,
			(*time.Time)(&c.CreatedAt), (*time.Time)(&c.UpdatedAt), &archived)
		c.ArchivedAt = (*moment)(archived)
		return err
	}
	if err := each(who, "comment", read, who.Subject, id, body.Body); err != nil {
		return err
	}
	if c.ID == "" {
		return notFound("no such ticket")
	}
	return send(w, 201, &c)
}

func sendMe(w http.ResponseWriter, who *claims) error {
	var me struct {
		ID          string            `json:"id"`
		Email       string            `json:"email"`
		Name        string            `json:"name"`
		Tenant      string            `json:"tenant"`
		TenantID    int               `json:"tenantId"`
		TenantName  string            `json:"tenantName"`
		TimeZone    string            `json:"timeZone"`
		Roles       []string          `json:"roles"`
		RoleNames   map[string]string `json:"roleNames"`
		Permissions []string          `json:"permissions"`
	}
	read := func(rows pgx.Rows) error {
		return rows.Scan(&me.ID, &me.Email, &me.Name, &me.Tenant, &me.TenantID, &me.TenantName, &me.TimeZone, &me.Roles, &me.RoleNames, &me.Permissions)
	}
	if err := each(who, "me", read, who.Subject); err != nil {
		return err
	}
	return send(w, 200, &me)
}

func sendStatus(w http.ResponseWriter, r *http.Request, who *claims, technician string) error {
	var s struct {
		TechnicianID   string      `json:"technicianId"`
		TechnicianName string      `json:"technicianName"`
		IsClockedIn    bool        `json:"isClockedIn"`
		ActiveEntry    interface{} `json:"activeEntry"`
		TicketHours    float64     `json:"ticketHours"`
		TodayHours     float64     `json:"todayHours"`
	}
	read := func(rows pgx.Rows) error {
		return rows.Scan(&s.TechnicianID, &s.TechnicianName, &s.IsClockedIn, &s.ActiveEntry, &s.TicketHours, &s.TodayHours)
	}
	if err := each(who, "status", read, technician, r.URL.Query().Get("ticketId")); err != nil {
		return err
	}
	if s.TechnicianID == "" {
		return notFound("there is no such technician")
	}
	return send(w, 200, &s)
}

// Event streams by tenant. A stream that doesn't keep up ends.
var streams = struct {
	sync.Mutex
	of map[int]map[chan string]bool
}{of: map[int]map[chan string]bool{}}

func publish(tenant int, text string) {
	streams.Lock()
	defer streams.Unlock()
	for s := range streams.of[tenant] {
		select {
		case s <- text:
		default:
			delete(streams.of[tenant], s)
			close(s)
		}
	}
}

func sendEvents(w http.ResponseWriter, r *http.Request, who *claims) error {
	s := make(chan string, 16)
	streams.Lock()
	if streams.of[who.Tenant] == nil {
		streams.of[who.Tenant] = map[chan string]bool{}
	}
	streams.of[who.Tenant][s] = true
	streams.Unlock()
	defer func() {
		streams.Lock()
		delete(streams.of[who.Tenant], s)
		streams.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, ": hi\n\n")
	w.(http.Flusher).Flush()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case text, ok := <-s:
			if !ok {
				return nil
			}
			fmt.Fprintf(w, "data: %s\n\n", text)
			w.(http.Flusher).Flush()
		}
	}
}

func listen() error {
	ctx := context.Background()
	db, err := pgx.Connect(ctx, "")
	if err != nil {
		return err
	}
	if _, err = db.Exec(ctx, "listen events"); err != nil {
		return err
	}
	for {
		n, err := db.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		parts := strings.SplitN(n.Payload, " ", 2)
		tenant, err := strconv.Atoi(parts[0])
		if err != nil {
			return err
		}
		publish(tenant, parts[1])
	}
}

func identify(r *http.Request) (*claims, error) {
	who := &claims{}
	parser := jwt.Parser{ValidMethods: []string{"HS256"}}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, err := parser.ParseWithClaims(token, who, func(*jwt.Token) (interface{}, error) { return key, nil })
	if err != nil {
		return nil, &problem{"/problems/sign-in", "Sign in", 401, "sign in first"}
	}
	return who, nil
}

func route(w http.ResponseWriter, r *http.Request, who *claims) error {
	p := strings.Split(r.URL.Path, "/")[1:]
	head := r.Method + " " + p[0]
	if len(p) > 1 {
		head += "/" + p[1]
	}
	switch {
	case head == "GET events":
		return sendEvents(w, r, who)
	case head == "GET api/me":
		return sendMe(w, who)
	case head == "GET api/tickets" && len(p) == 2:
		return sendTickets(w, r, who)
	case head == "POST api/tickets" && len(p) == 2:
		return createTicket(w, r, who)
	case strings.HasSuffix(head, "api/tickets") && !uuid.MatchString(p[2]):
		return notFound("no such ticket")
	case head == "GET api/tickets" && len(p) == 3:
		return sendTicket(w, who, p[2])
	case head == "POST api/tickets" && len(p) == 4 && p[3] == "comments":
		return addComment(w, r, who, p[2])
	case head == "GET api/plugins" && len(p) == 5 && p[2] == "hello-world" && p[3] == "hello":
		return send(w, 200, map[string]string{"hello": p[4], "from": who.Name})
	case head == "GET api/plugins" && len(p) == 5 && p[2] == "time-clock" && p[3] == "status":
		return sendStatus(w, r, who, p[4])
	}
	return notFound("there is nothing at this address")
}

func serve(w http.ResponseWriter, r *http.Request) {
	who, err := identify(r)
	if err == nil {
		err = route(w, r, who)
	}
	if err == nil || r.Context().Err() != nil { // answered, or the client has disconnected
		return
	}
	var p *problem
	if !errors.As(err, &p) {
		log.Print(err)
		p = &problem{"/problems/internal", "Internal error", 500, "see the log"}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

func main() {
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "-- name: ")[1:] {
		name := strings.SplitN(part, "\n", 2)
		statements[name[0]] = name[1]
	}
	if pool, err = pgxpool.Connect(context.Background(), "pool_max_conns=8"); err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(listen()) }()
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(serve)))
}
