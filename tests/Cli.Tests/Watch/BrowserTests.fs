module MtrlFunctional.Cli.Tests.Watch.BrowserTests

open Expecto
open System.IO
open System.Net
open MtrlFunctional.Cli.Play
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// Pages as people see them, in Chromium.
let ``a page in the browser`` = [
    let texts selector =
        $"[...document.querySelectorAll('{selector}')].map(e => e.textContent).join('|')"

    let count selector =
        $"document.querySelectorAll('{selector}').length"

    testCase "shows runs side by side, and follows one that writes" (fun () ->
        let folder = TestFolder.create "browser"
        let run = WatchedRun.make folder "mt10/seed-1" []
        WatchedRun.make folder "mt10/seed-2" [ "agent.actor.hidden_dim=7" ] |> ignore

        let server = WatchedRun.serve folder

        use browser = DevTools.Start(1200, 800)
        browser.Open server.Page
        browser.Await(texts "#link span", "live")
        // Both train, so both are selected at first.
        browser.Await(count "#runs li[aria-selected=true]", "2")
        browser.Await(count "#charts canvas", "2")
        browser.Await(count "#losses canvas", "1")
        browser.Await(count "#tasks tr", "2")

        browser.Await(
            """[...document.querySelectorAll('#configuration td')].some(e => e.textContent === 'agent.actor.hidden_dim')""",
            "True"
        )

        browser.Await(count "#conflicts svg rect", "4")
        let result = "document.querySelector('#runs li .result').textContent"
        browser.Await(result, "50 %")
        WatchedRun.append run [ WatchedRun.evaluation 450 0.75 ]
        browser.Await(result, "75 %")
        browser.Await("document.querySelector('#tasks td:nth-child(2)').textContent", "75 %")

        // By keyboard.
        browser.Press "Escape"
        browser.Await(count "#runs li[aria-selected=true]", "0")
        browser.Await("document.getElementById('empty').hidden", "False")
        browser.Press "/"
        browser.Await("document.activeElement.id", "filter")
        browser.Press "Escape"
        browser.Press "ArrowDown"
        browser.Press "ArrowDown"
        browser.Press " "
        browser.Await(texts "#runs li[aria-selected=true] .name", "mt10/seed-2")
        browser.Await("document.title", "50 % mt10/seed-2")
        browser.Press "ArrowUp"
        browser.Value "by('count').lastChild.focus()" |> ignore
        browser.Press " "
        browser.Await(count "#runs li[aria-selected=true]", "0")

        // A log that cannot be read, for a while.
        let ofTask = "document.querySelector('#tasks td:nth-child(2)').textContent"
        browser.Value "items.get(state.active).click()" |> ignore
        browser.Await(ofTask, "75 %")
        let log = Path.Combine(run, "metrics.jsonl")
        File.Move(log, $"{run}/kept")
        File.CreateSymbolicLink(log, "/dev/zero") |> ignore
        browser.Await(count "#legend .muted", "1")
        File.Move($"{run}/kept", log, true)
        browser.Await(count "#legend .muted", "0")

        // A run that is gone leaves the list without a change of the others, and one of its name has none of its evaluations.
        File.SetLastWriteTimeUtc(
            Path.Combine(folder, "mt10/seed-2/metrics.jsonl"),
            System.DateTime.UnixEpoch
        )

        browser.Await(count "#runs li.idle", "1")
        Directory.Delete(run, true)
        browser.Await(count "#runs li", "1")
        SmallRun.untrained run []
        WatchedRun.append run [ WatchedRun.train 150 0.25 ]
        browser.Await(count "#runs li", "2")
        browser.Value "items.get(state.active).click()" |> ignore
        browser.Await(ofTask, "25 %")
        browser.Value "Object.keys(run(state.active).modes).join()" |> equals "train"

        // A small window scrolls in one direction only.
        browser.Resize(380, 700)
        browser.Await("document.documentElement.scrollWidth <= 380", "True")
        let back = "getComputedStyle(document.body).backgroundColor"
        browser.Prefer "dark"
        browser.Await(back, "rgb(13, 17, 23)")
        browser.Prefer "light"
        browser.Await(back, "rgb(255, 255, 255)")

        // Another server has another address.
        let port = System.Uri(server.Page).Port
        (server :> System.IDisposable).Dispose()
        browser.Await(texts "#link span", "connection lost, trying again")
        use _ = PlayServer.start IPAddress.Loopback port [] []

        browser.Await(
            texts "#link span",
            "ended: reload the page, or open the address that the program printed"
        ))

    testCase "shows the returns of each mode of evaluation where there are several" (fun () ->
        let folder = TestFolder.create "browser"
        let run = WatchedRun.make folder "variants/seed-1" []
        let titles = texts "#charts figcaption"

        use server = WatchedRun.serve folder

        use browser = DevTools.Start(1200, 800)
        browser.Open server.Page
        browser.Await(count "#charts canvas", "2")
        browser.Value titles |> lacks "by mode"

        // Training episodes may be cut, of any agent.
        browser.Value
            "String(episodeSteps({ detail: { configuration: [['defaults.agent', 'rl2'], ['env.horizon', '150'], ['agent.on_policy.episode_length', '50']] } }))"
        |> equals "50,150"

        WatchedRun.append run [
            for mode in [ "eval_base"; "eval_extrapolation" ] do
                $"""{{"mode":"{mode}","step":300,"episode_reward":10.0}}"""
        ]

        browser.Await(count "#charts canvas", "3")
        browser.Value titles |> contains "Return by mode of evaluation"
        browser.Await(texts "#charts > :last-child .legend > span", "base|extrapolation"))

    let success = "charts.get('Success (ever), mean over tasks')"

    /// Sets an input of the page, as a person does.
    let set (browser: DevTools) id property =
        browser.Value $"by('{id}').{property}; by('{id}').dispatchEvent(new Event('input'))"
        |> ignore

    testCase "draws the mean of seeds with a band of one standard error" (fun () ->
        let folder = TestFolder.create "browser"

        for seed, result in [ 1, 0.0; 2, 1.0 ] do
            let run = WatchedRun.make folder $"mt10/seed-{seed}" [ $"setup.seed={seed}" ]
            WatchedRun.append run [ WatchedRun.evaluation 450 result ]

        WatchedRun.make folder "other/seed-1" [ "agent.actor.hidden_dim=7" ] |> ignore
        use server = WatchedRun.serve folder
        use browser = DevTools.Start(1200, 800)
        browser.Open server.Page
        browser.Await(texts "#legend .run", "mt10/seed-1|mt10/seed-2|other/seed-1")
        set browser "grouped" "checked = true"
        browser.Await(texts "#legend .run", "mt10, 2 seeds|other/seed-1")

        let drawn name =
            $"String({success}.series.filter(s => s.kind !== 'line' && s.name === 'mt10, 2 seeds, evaluation').at(-1).{name})"

        browser.Value(drawn "x") |> equals "0,300,450"
        browser.Value(drawn "y") |> equals "0,0.5,0.5"
        browser.Value(drawn "low") |> equals "0,0.5,0"
        browser.Value(drawn "high") |> equals "0,0.5,1"

        browser.Value $"{success}.series.map(s => s.kind).join()"
        |> equals "band,line,band,dots,line,dots"

        // Colours, tasks and configurations are those of the groups.
        browser.Value
            "new Set([...document.querySelectorAll('#runs .dot')].map(e => e.style.background)).size"
        |> equals "2"

        browser.Value(count "#tasks th") |> equals "9"

        browser.Value(texts "#configuration > .scroll th:nth-child(2)")
        |> equals "mt10, 2 seeds")

    testCase "draws curves over steps, wall time or processor time" (fun () ->
        let folder = TestFolder.create "browser"
        let run = WatchedRun.make folder "mt10/seed-1" []
        WatchedRun.append run [ WatchedRun.train 600 1.0; WatchedRun.evaluation 450 1.0 ]
        use server = WatchedRun.serve folder
        use browser = DevTools.Start(1200, 800)
        browser.Open server.Page
        browser.Await(count "#charts canvas", "2")
        let label, times = $"{success}.options.xLabel", $"String({success}.series[1].x)"
        browser.Await(times, "0,300,450")
        set browser "axis" "value = 'duration'"
        browser.Await(label, "minutes of training")
        browser.Value times |> equals "0,2,2.5"
        set browser "axis" "value = 'processor_seconds'"
        browser.Await(label, "minutes of processor time")
        browser.Value times |> equals "0,4,5"
        set browser "axis" "value = 'steps'"
        browser.Await(times, "0,300,450"))

    testCase "shows the changed keys of one run, and folds the others" (fun () ->
        let folder = TestFolder.create "browser"
        WatchedRun.make folder "mt10/seed-1" [ "agent.actor.hidden_dim=7" ] |> ignore
        use server = WatchedRun.serve folder
        use browser = DevTools.Start(1200, 800)
        browser.Open server.Page
        browser.Await(texts "#configuration > .scroll td", "agent.actor.hidden_dim|7")

        browser.Value(texts "#others tr:nth-child(2) td:first-child")
        |> equals "fidelity"

        browser.Value "document.getElementById('others').open" |> equals "False")

    testCase "shows no policy at work where no task has a world in the browser" (fun () ->
        let folder = TestFolder.create "browser"
        let run = WatchedRun.make folder "acrobot/seed-1" []

        File.WriteAllText(
            Path.Combine(run, "metrics.jsonl"),
            """{"mode":"train","step":150,"episode_reward":1,"episode_reward_env_index_0":1,"env_index_0":"mt-acrobot"}"""
            + "\n"
        )

        use server = WatchedRun.serve folder
        use browser = DevTools.Start(1200, 800)
        browser.Open server.Page
        browser.Await(texts "#tasks td:first-child", "mt-acrobot")
        browser.Value "document.getElementById('policy').hidden" |> equals "True")

    /// Names of runs, tasks, modes, metrics and parts of conflicts; a configuration that is none.
    testCase "shows markup in names as text, and runs no script of them" (fun () ->
        let folder = TestFolder.create "browser"
        let markup = "<img src=x onerror=window.ran=1>"
        let script = "<script>window.ran=1<\\/script>"
        let other = WatchedRun.make folder "other/seed-1" []
        File.WriteAllText(Path.Combine(other, "config.yaml"), $"{markup}: {script}\n")

        // The newest run is selected.
        let run = WatchedRun.make folder $"{markup}/seed-1" []
        // The first lines of a run name its tasks.
        File.Delete(Path.Combine(run, "metrics.jsonl"))

        WatchedRun.append run [
            $"""{{"mode":"train","step":600,"success":0.5,"{markup}_loss":0.5,"{script}":1,"env_index_0":"{markup}"}}"""
            $"""{{"mode":"eval","step":600,"success":0.5,"success_env_index_0":0.5,"env_index_0":"{markup}"}}"""
            $"""{{"mode":"eval_{script}","step":600,"success":0.5,"success_env_index_0":0.5,"env_index_0":"{script}"}}"""
        ]

        use server = WatchedRun.serve folder

        use browser = DevTools.Start(1200, 800)
        browser.Open server.Page
        browser.Await(texts "#link span", "live")

        let shows selector text =
            browser.Await(
                $"""[...document.querySelectorAll('{selector}')].some(e => e.textContent.includes("{text}"))""",
                "True"
            )

        for selector in [ "#runs li .name"; "#tasks"; "#losses" ] do
            shows selector markup

        let elements = count "img, main script, #runs script, iframe, object, embed"
        browser.Value elements |> equals "0"
        browser.Value "typeof window.ran" |> equals "undefined"

        // As markup it would be seen here, and its script would not run: the page allows its own files only.
        let insert = $"document.body.insertAdjacentHTML('beforeend', '{markup}')"
        browser.Value insert |> ignore
        browser.Await("document.querySelector('body > img').complete", "True")
        browser.Value elements |> equals "1"
        browser.Value "typeof window.ran" |> equals "undefined")

    testCase "a report has charts, and asks for no other file" (fun () ->
        let folder = TestFolder.create "browser"
        let run = WatchedRun.make folder "mt10/seed-1" []
        Capture.does [ "report"; run ]
        use browser = DevTools.Start(1200, 800)
        browser.Open("file://" + Path.Combine(run, "report.html"))
        // Success (average, median, worst) and critic loss; returns of tasks were not recorded.
        browser.Await(count ".charts:not(.small) canvas", "4")
        browser.Await(count "table.numbers tbody tr", "10")

        browser.Value "performance.getEntriesByType('resource').length" |> equals "0"
        browser.Value "document.documentElement.scrollWidth <= 1200" |> equals "True")
]
