/// A page in Chromium, driven by its DevTools protocol
/// (https://chromedevtools.github.io/devtools-protocol/).
namespace MtrlFunctional.Cli.Tests.Watch

open System
open System.Diagnostics
open System.IO
open System.Net.Http
open System.Net.WebSockets
open System.Text
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Expecto
open MtrlFunctional.Cli.Show
open MtrlFunctional.Tests.Child

/// One page in a browser of its own. Dispose ends the browser.
type DevTools private (browser: Process, profile: DirectoryInfo, socket: ClientWebSocket) =
    let mutable number = 0

    let receive () =
        use message = new MemoryStream()
        let buffer = Array.zeroCreate<byte> 65_536
        let mutable isWhole = false

        while not isWhole do
            use limit = new CancellationTokenSource(TimeSpan.FromMinutes 1.0)
            let part = socket.ReceiveAsync(ArraySegment buffer, limit.Token).Result
            message.Write(buffer, 0, part.Count)
            isWhole <- part.EndOfMessage

        JsonDocument.Parse(Encoding.UTF8.GetString(message.ToArray())).RootElement

    let send (verb: string) (parameters: obj) =
        number <- number + 1

        let text =
            JsonSerializer.Serialize {| id = number; method = verb; ``params`` = parameters |}

        socket
            .SendAsync(
                ArraySegment(Encoding.UTF8.GetBytes text),
                WebSocketMessageType.Text,
                true,
                CancellationToken.None
            )
            .Wait()

        let rec answer () =
            let message = receive ()

            match message.TryGetProperty "id" with
            | true, id when id.GetInt32() = number -> message
            | _ -> answer ()

        answer ()

    let mouse (kind: string) (buttons: int) (x: float, y: float) =
        send "Input.dispatchMouseEvent" {|
            ``type`` = kind
            x = x
            y = y
            button = "left"
            buttons = buttons
            clickCount = 1
        |}
        |> ignore

    /// Starts a browser of a size in pixels, with further flags; the test is skipped where there is none.
    static member Start(width: int, height: int, [<ParamArray>] further: string[]) =
        match Browser.chromium () with
        | None -> skiptest "Chromium is not installed (apt-get install chromium)."
        | Some program ->
            let profile = Directory.CreateTempSubdirectory "mtrl-chromium-"

            let info =
                ProcessStartInfo(
                    program,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                )

            for word in
                Browser.flags profile.FullName
                @ [
                    $"--window-size={width},{height}"
                    "--remote-debugging-port=0"
                    "--remote-allow-origins=*"
                    yield! further
                    "about:blank"
                ] do
                info.ArgumentList.Add word

            let browser = nonNull (Process.Start info)
            let port = TaskCompletionSource<int>()
            let mark = "DevTools listening on "

            browser.ErrorDataReceived.Add(fun line ->
                match line.Data with
                | null -> port.TrySetException(IOException "Chromium ended.") |> ignore
                | text when text.StartsWith mark ->
                    port.TrySetResult(Uri(text.Substring mark.Length).Port) |> ignore
                | _ -> ())

            browser.OutputDataReceived.Add ignore
            browser.BeginErrorReadLine()
            browser.BeginOutputReadLine()

            try
                let port = port.Task.WaitAsync(TimeSpan.FromMinutes 1.0).Result
                use client = new HttpClient()
                let pages = client.GetStringAsync($"http://127.0.0.1:{port}/json/list").Result

                let page =
                    JsonDocument.Parse(pages).RootElement.EnumerateArray()
                    |> Seq.find (fun one -> one.GetProperty("type").GetString() = "page")

                let socket = new ClientWebSocket()
                let address = Uri(nonNull (page.GetProperty("webSocketDebuggerUrl").GetString()))
                socket.ConnectAsync(address, CancellationToken.None).Wait()
                new DevTools(browser, profile, socket)
            with _ ->
                browser.Kill(entireProcessTree = true)
                reraise ()

    member _.Open(address: string) =
        send "Page.navigate" {| url = address |} |> ignore

    /// The value of an expression as text.
    member _.Value(expression: string) =
        let answer =
            send "Runtime.evaluate" {| expression = expression; returnByValue = true |}

        match answer.GetProperty("result").GetProperty("result").TryGetProperty "value" with
        | true, value -> value.ToString()
        | _ -> ""

    /// What a promise gives, as text; its failure fails the test.
    member _.Result(promise: string) =
        let answer =
            send "Runtime.evaluate" {|
                expression = promise
                returnByValue = true
                awaitPromise = true
            |}

        let result = answer.GetProperty "result"

        match result.TryGetProperty "exceptionDetails" with
        | true, details -> failtest $"{details}"
        | _ -> result.GetProperty("result").GetProperty("value").ToString()

    /// A script that runs before those of each page that is opened from now on.
    member _.Before(script: string) =
        send "Page.enable" {| |} |> ignore
        send "Page.addScriptToEvaluateOnNewDocument" {| source = script |} |> ignore

    /// Presses the left button at the first place, moves through the others and holds it at the last.
    member _.Hold(places: (float * float) list) =
        mouse "mousePressed" 1 places.Head
        places.Tail |> List.iter (mouse "mouseMoved" 1)

    /// Releases the left button at a place.
    member _.Release(place: float * float) = mouse "mouseReleased" 0 place

    /// Presses the left button at the first place, moves through the others and releases it at the last.
    member this.Drag(places: (float * float) list) =
        this.Hold places
        this.Release(List.last places)

    /// Waits until an expression has a value.
    member this.Await(expression: string, value: string) =
        Waiting.Until($"{expression} is {value}", (fun () -> this.Value expression = value))

    /// Presses a key, such as "/" or "ArrowDown".
    member _.Press(key: string) =
        let text = if key.Length = 1 then key else ""

        for kind in [ "keyDown"; "keyUp" ] do
            send "Input.dispatchKeyEvent" {|
                ``type`` = kind
                key = key
                text = (if kind = "keyDown" then text else "")
            |}
            |> ignore

    member _.Resize(width: int, height: int) =
        send "Emulation.setDeviceMetricsOverride" {|
            width = width
            height = height
            deviceScaleFactor = 1
            mobile = false
        |}
        |> ignore

    /// Dark or light colours.
    member _.Prefer(scheme: string) =
        send "Emulation.setEmulatedMedia" {|
            features = [| {| name = "prefers-color-scheme"; value = scheme |} |]
        |}
        |> ignore

    interface IDisposable with
        member _.Dispose() =
            socket.Dispose()
            browser.Kill(entireProcessTree = true)
            browser.WaitForExit()

            try
                profile.Delete(recursive = true)
            with :? IOException ->
                // A child of the browser may still write there.
                ()
