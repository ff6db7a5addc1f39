/// Server-sent events of one page: the list of runs, and the curves and details of the selected ones, as they
/// grow. What a slow reader missed is sent as one event: nothing is queued for it.
///
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
module MtrlFunctional.Cli.Watch.EventStream

open System
open System.Diagnostics
open System.Text
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Http
open MtrlFunctional

/// Runs that a page shows side by side: as many as there are colours.
let mostSelected = 10

/// Between two looks at the files, at least.
let private interval = TimeSpan.FromSeconds 1.0

/// A comment keeps the connection open, and finds out that its reader is gone.
let private silence = TimeSpan.FromSeconds 15.0

/// What a page has of a run.
type private Sent = { Cursors: Map<string, Cursor>; Version: int }

let private nothing = { Cursors = Map.empty; Version = 0 }

/// The events about a run since the last ones.
let private ofRun (store: RunStore) id sent =
    match store.Follow id with
    | None -> [], sent
    | Some follower ->
        try
            let parts, cursors, detail, version = follower.Since(sent.Cursors, sent.Version)

            [
                for detail in Option.toList detail do
                    "detail", PageJson.detail id detail
                for part in parts do
                    "curves", PageJson.part id part
            ],
            { Cursors = cursors; Version = version }
        with :? MtrlException as e ->
            // Once it can be read, all is sent: the page shows the failure until then.
            [ "failure", PageJson.failure id e.Message ], nothing

/// Sends events until the reader is gone or the server stops; `wait` ends when it may look at the files again.
let send
    (store: RunStore)
    (wait: CancellationToken -> Task)
    (selected: string list)
    (context: HttpContext)
    (stopping: CancellationToken)
    : Task =
    task {
        let response = context.Response
        response.ContentType <- "text/event-stream"

        let event (name: string, data: string) =
            response.WriteAsync($"event: {name}\ndata: {data}\n\n", Encoding.UTF8, stopping)

        let mutable version = -1
        let mutable shown = None
        let mutable sent = Map [ for id in selected -> id, nothing ]
        let quiet = Stopwatch.StartNew()
        do! response.WriteAsync("retry: 2000\n\n", stopping)

        while not stopping.IsCancellationRequested do
            let rows, present, now = store.RowsSince version
            let mutable isSilent = true

            if shown <> Some present || not rows.IsEmpty then
                shown <- Some present
                isSilent <- false
                do! event ("runs", PageJson.rows store.Root rows present)

            version <- now

            for id in selected do
                let events, next = ofRun store id sent[id]
                sent <- Map.add id next sent

                for one in events do
                    isSilent <- false
                    do! event one

            if not isSilent then
                quiet.Restart()
            elif quiet.Elapsed >= silence then
                quiet.Restart()
                do! response.WriteAsync(":\n\n", stopping)

            do! response.Body.FlushAsync stopping
            do! Task.Delay(interval, stopping)
            do! wait stopping
    }
