namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Text
open System.Threading
open NUnit.Framework
open MtrlFunctional.Cli.Watch
open MtrlFunctional.Tests.Child

/// The live page over HTTP, as a browser and as an attacker use it.
[<TestFixture>]
type ``the server of the live page``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-watch-").FullName
    let run = WatchedRun.make folder "mt10/seed-1" []

    let server =
        new WatchServer(folder, { Address = IPAddress.Loopback; Port = 0; Budget = None })

    let client = new HttpClient(BaseAddress = Uri server.Page)
    let token = Uri(server.Page).AbsolutePath.Trim '/'
    let id = RunFinder.id "mt10/seed-1"

    let get (path: string) =
        client.GetAsync(path).GetAwaiter().GetResult()

    let body (response: HttpResponseMessage) =
        response.Content.ReadAsStringAsync().GetAwaiter().GetResult()

    /// Sends bytes as they are; all that comes back until the server closes, or falls silent for two seconds.
    let raw (request: string) =
        use connection = new TcpClient()
        connection.Connect(IPAddress.Loopback, server.Port)
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
        raw
            $"{verb} {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nConnection: close\r\n\r\n"

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
                client
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

    [<OneTimeTearDown>]
    member _.Remove() =
        client.Dispose()
        (server :> IDisposable).Dispose()
        Directory.Delete(folder, true)

    [<Test>]
    member _.``listens on loopback under a random token``() =
        Assert.That(server.Page, Does.Match @"^http://127\.0\.0\.1:\d+/[0-9a-f]{32}/$")

    [<Test>]
    member _.``serves its page and its files, and forbids all other sources``() =
        for path in PageFiles.byPath.Keys do
            use answer = get path
            Assert.That(answer.StatusCode, Is.EqualTo HttpStatusCode.OK, path)
            Assert.That(body answer, Is.Not.Empty)

            let header name =
                answer.Headers.GetValues name |> Seq.exactlyOne

            Assert.That(header "Content-Security-Policy", Does.StartWith "default-src 'none'")
            Assert.That(header "X-Content-Type-Options", Is.EqualTo "nosniff")
            Assert.That(header "Referrer-Policy", Is.EqualTo "no-referrer")
            Assert.That(string answer.Headers.CacheControl, Is.EqualTo "no-store")

    [<TestCase "">]
    [<TestCase "/">]
    [<TestCase "/events">]
    [<TestCase "/0123456789abcdef0123456789abcdef/">]
    member _.``answers nothing without its token``(path: string) =
        let answer = request "GET" (if path = "" then "/" else path)
        Assert.That(statusOf answer, Is.EqualTo 404)
        Assert.That(bodyOf answer, Is.Empty)

    [<TestCase "POST">]
    [<TestCase "PUT">]
    [<TestCase "DELETE">]
    [<TestCase "HEAD">]
    [<TestCase "OPTIONS">]
    [<TestCase "TRACE">]
    member _.``answers GET only``(verb: string) =
        let answer = request verb $"/{token}/"
        Assert.That(statusOf answer, Is.EqualTo 405)
        Assert.That(bodyOf answer, Is.Empty)

    [<TestCase "evil.example">]
    [<TestCase "evil.example:{port}">]
    [<TestCase "127.0.0.1.evil.example:{port}">]
    [<TestCase "127.0.0.1:1">]
    member _.``answers nothing under the name of another site``(host: string) =
        let host = host.Replace("{port}", string server.Port)

        let answer =
            raw $"GET /{token}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"

        Assert.That(statusOf answer, Is.EqualTo 421)
        Assert.That(bodyOf answer, Is.Empty)

    [<Test>]
    member _.``gives no byte of a file to those who climb out of its paths``() =
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

        Assert.That(attempts, Has.Length.GreaterThanOrEqualTo 500)
        // All of them in the short form, too: each is one request.
        for attempt in attempts do
            let answer = request "GET" $"/{token}/{attempt}"
            Assert.That(statusOf answer, Is.Not.EqualTo 200, attempt)
            Assert.That(bodyOf answer, Is.Empty, attempt)

    [<Test>]
    member _.``refuses headers of ten megabytes, long addresses and bodies``() =
        let line = "X-Long: " + String('a', 1_000_000) + "\r\n"
        let headers = String.replicate 10 line
        let host = $"Host: 127.0.0.1:{server.Port}\r\nConnection: close\r\n"
        // The connection may be gone before the answer is read.
        let refused = [ 0; 431; 414; 400; 413 ]

        for request in
            [
                $"GET /{token}/ HTTP/1.1\r\n{host}{headers}\r\n"
                $"GET /{token}/{String('a', 100_000)} HTTP/1.1\r\n{host}\r\n"
                $"GET /{token}/events HTTP/1.1\r\n{host}Content-Length: 5\r\nX: {String('a', 40_000)}\r\n\r\nhello"
                "\000\001\002 nonsense\r\n\r\n"
            ] do
            let answer = raw request
            Assert.That(refused, Does.Contain(statusOf answer))
            Assert.That(answer, Does.Not.Contain "mtrl watch")

        Assert.That((get "").StatusCode, Is.EqualTo HttpStatusCode.OK)

    [<Test; NonParallelizable>]
    member _.``answers again after a thousand connections that say nothing``() =
        let connections = [
            for _ in 1..1_000 ->
                let one = new TcpClient()
                one.Connect(IPAddress.Loopback, server.Port)
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
        )

    [<Test; NonParallelizable>]
    member _.``keeps a bounded number of pages, and answers beside those that do not read``() =
        use server =
            new WatchServer(folder, { Address = IPAddress.Loopback; Port = 0; Budget = None })

        use client = new HttpClient(BaseAddress = Uri server.Page)
        use cancel = new CancellationTokenSource()

        let open' _ =
            client.GetAsync("events", HttpCompletionOption.ResponseHeadersRead, cancel.Token)

        let pages = List.init 64 open' |> List.map _.Result
        Assert.That(pages |> List.forall _.IsSuccessStatusCode)
        use refused = (open' ()).Result
        Assert.That(refused.StatusCode, Is.EqualTo HttpStatusCode.ServiceUnavailable)
        Assert.That(client.GetAsync("").Result.StatusCode, Is.EqualTo HttpStatusCode.OK)
        pages |> List.iter _.Dispose()

        let isFree () =
            use next = (open' ()).Result
            next.IsSuccessStatusCode

        Waiting.Until("a page is served again", isFree)

    [<Test>]
    member _.``sends the list of runs, then curves and details, then what is appended``() =
        let run = WatchedRun.make folder "followed" []
        use cancel = new CancellationTokenSource(TimeSpan.FromMinutes 3.0)
        let followed = RunFinder.id "followed"
        let mutable hasRow, hasDetail, hasCurve = false, false, false

        let isLast (name: string, data: string) =
            if name = "runs" && data.Contains "\"name\":\"followed\"" then
                hasRow <- true

            if name = "detail" && data.Contains "\"env.horizon\",\"150\"" then
                hasDetail <- true

            if name = "curves" && data.Contains "\"steps\":[150,300]" then
                hasCurve <- true
                WatchedRun.append run [ WatchedRun.train 450 1.0 ]

            name = "curves" && data.Contains "\"from\":2" && data.Contains "\"steps\":[450]"

        Assert.That(events $"?runs={followed},unknown,..%%2f.." cancel.Token |> Seq.exists isLast)

        Assert.That((hasRow, hasDetail, hasCurve), Is.EqualTo((true, true, true)))

    [<Test>]
    member _.``plays the newest video of a run, also a part of it, and no other file``() =
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

            use answer = client.Send asked
            int answer.StatusCode, body answer

        Waiting.Until("the video is served", (fun () -> video "" = (200, "0123456789")))
        Assert.That(video "bytes=2-4", Is.EqualTo((206, "234")))
        File.Delete(Path.Combine(run, "policy.mp4"))
        Assert.That(fst (video ""), Is.EqualTo 404)
        Assert.That(fst (video "bytes=0-1"), Is.EqualTo 404)
