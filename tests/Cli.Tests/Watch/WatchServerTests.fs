module MtrlFunctional.Cli.Tests.Watch.WatchServerTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Text
open System.Threading
open MtrlFunctional.Cli.Pages
open MtrlFunctional.Cli.Play
open MtrlFunctional.Cli.Watch
open MtrlFunctional.Tests.Child
open MtrlFunctional.Tests

/// The live page over HTTP, as a browser and as an attacker use it.
let ``the server of the live page`` = [
    let folder = TestFolder.create "watch"

    let server =
        lazy
            (WatchedRun.make folder "mt10/seed-1" [] |> ignore
             WatchedRun.serve folder)

    let client = lazy new HttpClient(BaseAddress = Uri server.Value.Page)
    let port () = Uri(server.Value.Page).Port

    let token () =
        Uri(server.Value.Page).AbsolutePath.Trim '/'

    let id = RunFinder.id "mt10/seed-1"

    let get (path: string) =
        client.Value.GetAsync(path).GetAwaiter().GetResult()

    let body (response: HttpResponseMessage) =
        response.Content.ReadAsStringAsync().GetAwaiter().GetResult()

    /// Sends bytes as they are; all that comes back until the server closes, or falls silent for two seconds.
    let raw (request: string) =
        use connection = new TcpClient()
        connection.Connect(IPAddress.Loopback, port ())
        use stream = connection.GetStream()
        stream.ReadTimeout <- 2_000
        let answer = new MemoryStream()

        try
            stream.Write(Encoding.Latin1.GetBytes request)
            stream.CopyTo answer
        with :? IOException ->
            ()

        Encoding.Latin1.GetString(answer.ToArray())

    let request (verb: string) (target: string) =
        raw $"{verb} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port ()}\r\nConnection: close\r\n\r\n"

    let statusOf (answer: string) =
        if answer.StartsWith "HTTP/1.1 " then
            int (answer.Substring(9, 3))
        else
            0

    let bodyOf (answer: string) =
        match answer.IndexOf "\r\n\r\n" with
        | -1 -> ""
        | at -> answer.Substring(at + 4)

    /// Events of a stream by name and data, as they arrive.
    let events (query: string) (cancel: CancellationToken) =
        seq {
            use response =
                client.Value
                    .GetAsync($"events{query}", HttpCompletionOption.ResponseHeadersRead, cancel)
                    .Result

            use reader = new StreamReader(response.Content.ReadAsStream())
            let mutable name = ""

            while not cancel.IsCancellationRequested do
                match reader.ReadLineAsync(cancel).AsTask().Result with
                | NonNull line when line.StartsWith "event: " -> name <- line.Substring 7
                | NonNull line when line.StartsWith "data: " -> name, line.Substring 6
                | _ -> ()
        }

    testCase "listens on loopback under a random token" (fun () ->
        server.Value.Page |> matches @"^http://127\.0\.0\.1:\d+/[0-9a-f]{32}/$")

    testCase "serves its page and its files, and forbids all other sources" (fun () ->
        for path in PageFiles.byPath.Keys do
            use answer = get path
            answer.StatusCode |> Expect.equal path HttpStatusCode.OK
            body answer |> isNotEmpty

            let header name =
                answer.Headers.GetValues name |> Seq.exactlyOne

            header "Content-Security-Policy"
            |> equals (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
                + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-src 'self'; frame-ancestors 'none'"
            )

            header "X-Content-Type-Options" |> equals "nosniff"
            header "Referrer-Policy" |> equals "no-referrer"
            string answer.Headers.CacheControl |> equals "no-store")

    testCase "says why it shows no policy at work" (fun () ->
        if (PlayPackages.folderAbove AppContext.BaseDirectory).IsNone then
            skiptest "The packages of the page are not fetched (./mtrl play)."

        use answer = get $"play/{id}/"
        answer.StatusCode |> equals HttpStatusCode.Conflict
        string answer.Content.Headers.ContentType |> equals "text/plain; charset=utf-8"
        body answer |> contains "mt10/seed-1"

        answer.Headers.GetValues "Content-Security-Policy"
        |> Seq.exactlyOne
        |> containsAll [ "script-src 'self' 'unsafe-eval';"; "frame-ancestors 'self'" ]

        use unknown = get "play/0123456789ab/"
        unknown.StatusCode |> equals HttpStatusCode.NotFound)

    testCase "names the changed keys of a run" (fun () ->
        body (get $"changed/{id}") |> equals "{\"keys\":[]}"

        WatchedRun.make folder "mt10/seed-2" [ "agent.actor.hidden_dim=7"; "setup.seed=2" ]
        |> ignore

        let other = RunFinder.id "mt10/seed-2"
        Waiting.Until("the run is found", (fun () -> (get $"changed/{other}").IsSuccessStatusCode))

        body (get $"changed/{other}")
        |> containsAll [ "setup.seed"; "agent.actor.hidden_dim" ]

        (get "changed/0123456789ab").StatusCode |> equals HttpStatusCode.NotFound)

    // Who is granted what is decided by `AccessProps`.
    testTheory "answers a wrong request with a status, and one for another host with what to do" [
        "POST", "/{token}/", "127.0.0.1:{port}", 405, ""
        "GET", "/{token}/", "evil.example:{port}", 421, "ssh -L {port}:localhost:{port}"
    ]
    <| fun (verb, path, host, status, said) ->
        let path, host =
            path.Replace("{token}", token ()), host.Replace("{port}", string (port ()))

        let answer =
            raw $"{verb} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"

        statusOf answer |> equals status
        bodyOf answer |> contains (said.Replace("{port}", string (port ())))
        bodyOf answer |> lacks (token ())

    testTheory "tells those who come without its token what to do" [
        "/"
        "/runs"
        "/{other}/events"
    ]
    <| fun path ->
        let other = String('0', token().Length)
        let answer = request "GET" (path.Replace("{other}", other))
        statusOf answer |> equals 404
        answer |> contains "Content-Type: text/plain; charset=utf-8"
        bodyOf answer |> equals Access.withoutToken
        bodyOf answer |> matches @"open the whole address that the program printed"
        answer |> lacks (token ())
        answer |> lacks "mt10"

    testCase "gives no byte of a file to those who climb out of its paths" (fun () ->
        let ups = [
            ".."
            "%2e%2e"
            "%252e%252e"
            ".%2e"
            "..%00"
            "..\\"
            "....//"
            "%c0%ae%c0%ae"
            "..;"
        ]

        let slashes = [ "/"; "%2f"; "%5c"; "\\"; "//" ]
        let goals = [ "etc/passwd"; "config.yaml"; "mt10/seed-1/config.yaml"; "metrics.jsonl" ]

        let attempts = [
            for start in [ ""; "video/"; $"video/{id}/" ] do
                for up in ups do
                    for slash in slashes do
                        for goal in goals do
                            $"{start}{String.replicate 6 (up + slash)}{goal}"
        ]

        attempts.Length |> isAtLeast 500
        // All of them in the short form, too: each is one request.
        for attempt in attempts do
            let answer = request "GET" $"/{token ()}/{attempt}"
            statusOf answer |> Expect.notEqual attempt 200
            // Some of them climb out of the token, too.
            [ ""; Access.withoutToken ] |> includes (bodyOf answer))

    testCase "refuses headers of ten megabytes, long addresses and bodies" (fun () ->
        let line = "X-Long: " + String('a', 1_000_000) + "\r\n"
        let headers = String.replicate 10 line
        let host = $"Host: 127.0.0.1:{port ()}\r\nConnection: close\r\n"
        // The connection may be gone before the answer is read.
        let refused = [ 0; 431; 414; 400; 413 ]

        for request in
            [
                $"GET /{token ()}/ HTTP/1.1\r\n{host}{headers}\r\n"
                $"GET /{token ()}/{String('a', 100_000)} HTTP/1.1\r\n{host}\r\n"
                $"GET /{token ()}/events HTTP/1.1\r\n{host}Content-Length: 5\r\nX: {String('a', 40_000)}\r\n\r\nhello"
                "\000\001\002 nonsense\r\n\r\n"
            ] do
            let answer = raw request
            refused |> includes (statusOf answer)
            answer |> lacks "mtrl watch"

        (get "").StatusCode |> equals HttpStatusCode.OK)

    testCase "answers again after a thousand connections that say nothing" (fun () ->
        let connections = [
            for _ in 1..1_000 ->
                let one = new TcpClient()
                one.Connect(IPAddress.Loopback, port ())
                one
        ]

        connections |> List.iter _.Dispose()

        Waiting.Until(
            "the page is served",
            fun () ->
                try
                    (get "").IsSuccessStatusCode
                with :? HttpRequestException ->
                    false
        ))

    testCase "keeps a bounded number of pages, and answers beside those that do not read" (fun () ->
        use server = WatchedRun.serve folder

        use client = new HttpClient(BaseAddress = Uri server.Page)
        use cancel = new CancellationTokenSource()

        let open' _ =
            client.GetAsync("events", HttpCompletionOption.ResponseHeadersRead, cancel.Token)

        let pages = List.init 64 open' |> List.map _.Result
        pages |> List.map _.IsSuccessStatusCode |> areAll true
        use refused = (open' ()).Result
        refused.StatusCode |> equals HttpStatusCode.ServiceUnavailable
        client.GetAsync("").Result.StatusCode |> equals HttpStatusCode.OK
        pages |> List.iter _.Dispose()

        let isFree () =
            use next = (open' ()).Result
            next.IsSuccessStatusCode

        Waiting.Until("a page is served again", isFree))

    testCase "sends the list of runs, then curves and details, then what is appended" (fun () ->
        let run = WatchedRun.make folder "followed" []
        use cancel = new CancellationTokenSource(TimeSpan.FromMinutes 3.0)
        let followed = RunFinder.id "followed"
        let seen = System.Collections.Generic.HashSet<string>()

        let isLast (name: string, data: string) =
            if name = "runs" && data.Contains "\"name\":\"followed\"" then
                seen.Add name |> ignore

            if name = "detail" && data.Contains "\"env.horizon\",\"150\"" then
                seen.Add name |> ignore

            if name = "curves" && data.Contains "\"steps\":[150,300]" then
                seen.Add name |> ignore
                WatchedRun.append run [ WatchedRun.train 450 1.0 ]

            name = "curves" && data.Contains "\"from\":2" && data.Contains "\"steps\":[450]"

        events $"?runs={followed},unknown,..%%2f.." cancel.Token
        |> Seq.exists isLast
        |> isTrue

        List.ofSeq seen |> isPermutationOf [ "curves"; "detail"; "runs" ])

    testCase "plays the newest video of a run, also a part of it, and no other file" (fun () ->
        let run = WatchedRun.make folder "filmed" []
        let filmed = RunFinder.id "filmed"
        File.WriteAllText(Path.Combine(run, "policy.mp4"), "0123456789")
        File.WriteAllText(Path.Combine(run, "evil name.mp4"), "no")
        File.CreateSymbolicLink(Path.Combine(run, "zz.mp4"), "/etc/passwd") |> ignore
        File.SetLastWriteTimeUtc(Path.Combine(run, "policy.mp4"), DateTime.UtcNow.AddMinutes 1.0)

        // The list of runs is as old as two seconds.
        let video (range: string) =
            use asked = new HttpRequestMessage(HttpMethod.Get, $"video/{filmed}")

            if range <> "" then
                asked.Headers.TryAddWithoutValidation("Range", range) |> ignore

            use answer = client.Value.Send asked
            int answer.StatusCode, body answer

        Waiting.Until("the video is served", (fun () -> video "" = (200, "0123456789")))
        video "bytes=2-4" |> equals (206, "234")
        File.Delete(Path.Combine(run, "policy.mp4"))
        fst (video "") |> equals 404
        fst (video "bytes=0-1") |> equals 404)
]
