module MtrlFunctional.Cli.Tests.Play.PlayedTasksTests

open Expecto
open System
open System.IO
open System.Net
open System.Net.Http
open System.Text.Json
open MtrlFunctional.Cli.Play
open MtrlFunctional.Cli.Tests
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// A task that the program plays for a page, as a page asks for it.
type private Played(server: string, client: HttpClient) =
    let lines =
        new StreamReader(client.GetStreamAsync($"{server}served/0/random").Result)

    let next () =
        JsonDocument
            .Parse(nonNull (lines.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes 1.0).Result))
            .RootElement

    let address = Json.text "address" (next ())

    /// Status and text of the answer.
    member _.Ask(words: string) =
        use answer = client.GetAsync($"{server}{address}?{words}").Result
        answer.StatusCode, answer.Content.ReadAsStringAsync().Result

    /// Episode, step and observation of the next line.
    member _.Line() =
        let line = next ()

        Json.whole "episode" line,
        Json.whole "step" line,
        [ for x in Json.items "observation" line -> Math.Round(x.GetDouble(), 5) ]

    interface IDisposable with
        member _.Dispose() = lines.Dispose()

let ``tasks that the program plays`` =
    let served goalMoves =
        PlayServer.start IPAddress.Loopback 0 [ OwnGoal.policy goalMoves ] []

    let asks (played: Played) words =
        played.Ask words |> fst |> equals HttpStatusCode.NoContent

    [
        testCase "go as many steps as are asked for, with the goal where it is asked for" (fun () ->
            use server = served true
            use client = new HttpClient()
            use played = new Played(server.Page, client)
            use other = new Played(server.Page, client)

            asks played "steps=1"
            played.Line() |> equals (0, 1, OwnGoal.place)

            // The goal stays, and an episode of 20 steps begins anew with it.
            asks played "steps=2&goal=1,-0.25,3e-1"
            asks played "steps=30"
            let moved = [ 1.0; -0.25; 0.3 ]

            for step in 1..20 do
                played.Line() |> equals (0, step, moved)

            asks played "goal=2,0,0"
            played.Line() |> equals (0, 1, [ 2.0; 0.0; 0.0 ])

            // The next episode has a start. Of an earlier one nothing comes.
            asks played "episode=1&steps=1"
            asks played "episode=0&steps=1"
            asks played "episode=2"
            played.Line() |> equals (1, 0, OwnGoal.place)
            played.Line() |> equals (1, 1, OwnGoal.place)
            played.Line() |> equals (2, 0, OwnGoal.place)

            // Another page has the same task for itself.
            asks other "steps=1"
            other.Line() |> equals (0, 1, OwnGoal.place))

        testCase "refuse by one message what they cannot do" (fun () ->
            use server = served true
            use client = new HttpClient()
            use played = new Played(server.Page, client)

            let refuses words message =
                played.Ask words |> equals (HttpStatusCode.BadRequest, message)

            for steps in [ "0"; "-1"; "1.5"; "1001"; "many"; "" ] do
                refuses
                    $"steps={steps}&goal=0,0,0"
                    $"steps={steps}: must be a whole number from 1 to 1000."

            for goal in [ ""; "1,2"; "1,2,3,4"; "1,2,x"; "1,2,NaN"; "1,2,Infinity"; "1,2,1e6" ] do
                refuses
                    $"goal={goal}"
                    $"goal={goal}: must be three numbers x,y,z within 100,000 m of 0."

            refuses "episode=-1" "episode=-1: must be a whole number from 0."
            refuses "steps=1&steps=2" "steps=1,2: must be a whole number from 1 to 1000."

            // Nothing of it was done.
            asks played "steps=1"
            played.Line() |> equals (0, 1, OwnGoal.place)

            use fixedServer = served false
            use other = new Played(fixedServer.Page, client)

            other.Ask "goal=0,0,0"
            |> equals (
                HttpStatusCode.BadRequest,
                "goal=0,0,0: must be left out: this task has no goal that can be moved."
            )

            asks other "steps=1"
            other.Line() |> equals (0, 1, OwnGoal.place))

        testCase "end when the page is closed" (fun () ->
            use server = served true
            use client = new HttpClient()
            let played = new Played(server.Page, client)
            asks played "steps=1000&goal=0,0,0"
            (played :> IDisposable).Dispose()

            Waiting.Until(
                "the task is forgotten",
                fun () -> played.Ask "steps=1" |> fst = HttpStatusCode.NotFound
            ))
    ]
