module MtrlFunctional.Cli.Tests.Play.PlayBrowserTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.IO.Compression
open System.Net
open System.Text.Json
open Microsoft.ML.OnnxRuntime
open MtrlFunctional.Environments
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training
open MtrlFunctional.Cli.Play
open MtrlFunctional.Cli.With
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests
open MtrlFunctional.Cli.Tests.Programs.WithTests
open MtrlFunctional.Cli.Tests.Watch

/// The page in Chromium, which draws without a graphics card.
let ``the page of play`` = [
    let requirePackages () =
        if (PlayPackages.folderAbove AppContext.BaseDirectory).IsNone then
            skiptest "The packages of the page are not fetched (./mtrl play)."

    let files =
        lazy
            (requirePackages ()

             let policies = [
                 for name in [ "policy:mt50"; "policy:mt10"; "policy:ml10" ] ->
                     PlayPolicy.load false name
             ]

             let policies = policies @ [ { policies[1] with Name = "a+b #3" } ]
             PlayFiles.all policies "door-open-v3" true)

    let serve () =
        PlayServer.start IPAddress.Loopback 0 [] files.Value

    let withPage body =
        use server = serve ()
        use browser = DevTools.Start(1280, 800, "--enable-unsafe-swiftshader")
        body browser server.Page

    let numbers (json: string) =
        JsonSerializer.Deserialize<float[][]>(json: string) |> nonNull

    /// Numbers in [-1, 1) that both sides compute without rounding.
    let number observation place =
        float ((observation * 39 + place) * 7919 % 2048) / 1024.0 - 1.0

    let rows = LongForm.count 100 1000

    let script (name: string) =
        """(async () => {
  const policy = await play.policyOf('NAME');
  const number = (row, i) => (row * 39 + i) * 7919 % 2048 / 1024 - 1;
  const observation = row => Float32Array.from({ length: 39 }, (_, i) => number(row, i));
  const rows = Array.from({ length: ROWS }, (_, row) =>
    Array.from(policy.act(observation(row), row % policy.tasks.length).action));
  return JSON.stringify(rows);
})()"""
            .Replace("NAME", name)
            .Replace("ROWS", string rows)

    let actsAsPolicy (browser: DevTools) name =
        let found = numbers (browser.Result(script name))
        found |> hasLength rows
        use policy = Policy.Load $"policy:{name}"
        let action = Array.zeroCreate<float32> 4

        for row in 0 .. found.Length - 1 do
            let observation =
                Array.init 39 (fun i ->
                    if name = "ml10" && i >= 36 then
                        0f
                    else
                        float32 (number row i))

            policy.Act(observation, row % policy.Tasks.Count, action)

            for i in 0..3 do
                found[row][i] |> isWithin 1e-5 (float action[i])

    /// Of the tasks in their order; in the short form one in five.
    let stride = LongForm.count 5 1

    /// Observations after resets in the middle of the ranges.
    let resets =
        """(async () => {
  const { Episode } = await import('./task.js');
  const { draw } = await import('./task.js');
  const found = [];
  const tasks = [...play.tasks.values()].filter(({ starts }, i) => !starts && i % STRIDE === 0);
  let world = null;
  for (const task of tasks.toSorted((a, b) => a.scene.localeCompare(b.scene))) {
    if (world?.scene !== task.scene) {
      world?.delete();
      world = Object.assign(await play.scenes.load(task.scene), { scene: task.scene });
    }
    const episode = new Episode(task, world);
    const middle = task.randomLow.map((low, i) => (low + task.randomHigh[i]) / 2);
    episode.reset(middle);
    found[tasks.indexOf(task)] = episode.observation;
  }
  world.delete();
  return JSON.stringify(found);
})()"""
            .Replace("STRIDE", string stride)

    /// The engines are of different versions, so things that fall or swing differ by millimetres.
    let resetsAlike (browser: DevTools) =
        let found = numbers (browser.Result resets)
        use scenes = new SceneLibrary()

        let tasks =
            Benchmarks.tasks
            |> List.indexed
            |> List.filter (fun (i, _) -> i % stride = 0)
            |> List.map snd

        found |> hasLength tasks.Length

        for task, observed in Seq.zip tasks found do
            use environment = new MetaWorldEnvironment(task, scenes)

            environment.Reset(
                ReadOnlySpan(
                    Array.map2 (fun low high -> (low + high) / 2.0) task.RandomLow task.RandomHigh
                )
            )

            // The hand still swings when it counts as settled.
            for i, (x, y) in Seq.indexed (Seq.zip observed environment.Observation) do
                let within = if i % 18 < 3 && i < 36 then 0.02 else 0.01
                float x |> Expect.isWithin $"{task.Name}, number {i}" within y

    /// Observations and rewards of the tasks of DeepMind Control at a start and after five actions of two control steps.
    let controls =
        """(async () => {
  const found = [];
  for (const task of [...play.tasks.values()].filter(({ starts }) => starts)) {
    const world = await play.scenes.load(task.scene);
    const episode = task.episode(world);
    episode.task.settle = 0;
    episode.reset(0, 2);
    const rows = [[episode.random, 0, ...episode.observation]];
    for (let step = 0; step < 5; step++) {
      episode.begin(Array.from({ length: task.actions }, (_, i) => (step + 2 * i) % 5 / 2 - 1));
      while (!episode.advance());
      rows.push([episode.random, episode.reward, ...episode.observation]);
    }
    world.delete();
    found.push(rows);
  }
  return JSON.stringify(found);
})()"""

    /// The engines are of different versions.
    let controlsAlike (browser: DevTools) =
        let found =
            JsonSerializer.Deserialize<float[][][]>(browser.Result controls) |> nonNull

        use models = new DmControlModels()
        found |> hasLength DmControlTasks.standard.Length

        for task, rows in Seq.zip DmControlTasks.standard found do
            use environment = new DmControlEnvironment(task, models, actionRepeat = 2)
            let starts = ControlJson.startsOf models task
            environment.Reset(List.item (int rows[0].[0]) starts)

            for step, row in Seq.indexed rows do
                let action =
                    Array.init task.Domain.Actions (fun i ->
                        float ((step - 1 + 2 * i) % 5) / 2.0 - 1.0)

                if step > 0 then
                    environment.Step(ReadOnlySpan action) |> ignore

                let observation = Array.zeroCreate<float>(DmControlTask.observationSize task)
                environment.Observe(Span observation)

                for i, (x, y) in
                    Seq.indexed (
                        Seq.zip (Seq.tail row) (Seq.append [ environment.Reward ] observation)
                    ) do
                    let within = 1e-3 * max 1.0 (abs y)

                    x
                    |> Expect.isWithin
                        $"{task.Domain.Name}-{task.Name}, step {step}, number {i}"
                        within
                        y

    let opensTheDoor (browser: DevTools) =
        let solved =
            browser.Result
                """(async () => {
  await play.choose('door-open-v3', [0.05, 0.9, 0.15]);
  const { player } = play;
  player.isPaused = true;
  while (!player.isSolved && player.episode.steps < 200) player.step();
  return `${player.isSolved} ${player.solved > 0}`;
})()"""

        solved |> equals "true true"

    /// Shades of red of the robot, which is lit from one side.
    let shades =
        """(() => {
  const canvas = document.getElementById('view');
  const { width, height } = canvas;
  const context = canvas.getContext('webgl2');
  const pixels = new Uint8Array(4 * width * height);
  play.view.draw(play.player.world, 16);
  context.readPixels(0, 0, width, height, context.RGBA, context.UNSIGNED_BYTE, pixels);
  const found = new Set();
  for (let i = 0; i < pixels.length; i += 4) if (pixels[i] > 60 && pixels[i] > 3 * pixels[i + 1]) found.add(pixels[i]);
  return found.size;
})()"""

    let drawsLight (browser: DevTools) =
        int (browser.Value shades) |> isAbove 20

    let dragsTheGoal (browser: DevTools) =
        let target () =
            (numbers (
                browser.Value "JSON.stringify([play.player.episode.target, play.view.goalOnPage])"
            ))

        let before = target ()
        let x, y = before[1][0], before[1][1]
        browser.Drag [ x, y; x + 15.0, y + 5.0; x + 40.0, y + 10.0 ]
        let after = target ()
        abs (after[0][0] - before[0][0]) |> isAbove 0.01

        for i, (low, high) in Seq.indexed [ -0.3, -0.2; 0.4, 0.5; 0.1499, 0.1501 ] do
            after[0][i] |> isInRange (low - 1e-9) (high + 1e-9)

        // The door moves with it.
        let door =
            "play.player.world.model.body_pos[3 * play.player.world.id('body', 'door')]"

        Double.Parse(browser.Value door) |> isWithin 1e-6 (after[0][0] + 0.3)

    /// Bytes of the files of a page that has begun, as a server sends them that compresses.
    let loaded (browser: DevTools) (page: string) =
        let paths =
            browser.Value "performance.getEntriesByType('resource').map(e => e.name).join(' ')"
            |> _.Split(' ')
            |> Array.filter (_.StartsWith(page))
            |> Array.map _.Substring(page.Length)
            |> Array.append [| "index.html" |]
            |> Array.distinct

        for path in [ "mujoco/mujoco.wasm"; "policies/mt50.onnx"; "scenes/door.xml" ] do
            paths |> includes path

        paths
        |> Array.sumBy (fun path ->
            let content = (files.Value |> List.find (fun file -> file.Path = path)).Read()
            use sent = new MemoryStream()

            using (new GZipStream(sent, CompressionLevel.SmallestSize)) (fun packed ->
                packed.Write(content, 0, content.Length))

            sent.ToArray().LongLength)

    /// Waits for ten pictures.
    let pictures (browser: DevTools) =
        browser.Result
            "(async () => { for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame); return ''; })()"
        |> ignore

    let playsInTurn (browser: DevTools) page =
        browser.Open(page + "#reach?policy=mt10&tour=on")
        browser.Await("typeof play", "object")
        let pressed = "document.getElementById('tour').ariaPressed"
        browser.Await(pressed, "true")
        let task = "play.player.task.name"
        browser.Value task |> equals "reach-v3"

        browser.Value "while (!play.player.isOver) play.player.step()" |> ignore
        browser.Await($"{task} === 'reach-v3'", "False")
        browser.Await("location.hash.startsWith('#reach?')", "False")
        browser.Value "location.hash" |> endsWith "&tour=on"

        // An end that was seen while a policy was being loaded is past once the policy begins.
        browser.Value
            """globalThis.own = fetch; {
                globalThis.fetch = async (...words) => { await new Promise(go => { globalThis.go = go; }); return own(...words); };
                const chosen = document.getElementById('policy');
                chosen.value = 'mt50'; chosen.dispatchEvent(new Event('change'));
                while (!play.player.isOver) play.player.step(); }"""
        |> ignore

        browser.Await("typeof go", "function")
        let before = browser.Value task
        pictures browser
        browser.Value "fetch = own; go()" |> ignore
        browser.Await("location.hash.includes('mt50')", "True")
        pictures browser
        browser.Value task |> equals before

        browser.Value "document.querySelector('[data-task=push-v3]').click()" |> ignore
        browser.Await(task, "push-v3")
        browser.Value pressed |> equals "false"
        browser.Value "location.hash" |> lacks "tour"

    let hint = "document.getElementById('hint').textContent"

    let readsAddresses (browser: DevTools) page =
        let hash words =
            browser.Open "about:blank"
            browser.Open(page + words)
            browser.Await("typeof play", "object")
            browser.Value "location.hash"

        let kept = "&camera=2,0.3,2.2&speed=0.5"

        hash $"#reach-v3?policy=mt10{kept}"
        |> fun hash ->
            hash |> startsWith "#reach?policy=mt10&goal="
            hash |> endsWith kept

        hash "#reach?policy=a%2Bb%20%233" |> startsWith "#reach?policy=a%2Bb%20%233&"
        hash "#reach?policy=mt10&camera=1,9,900" |> matches "&camera=1,1.5,[0-9.]{1,5}&"
        hash "#reech?policy=mt10" |> startsWith "#door-open?policy=mt10"
        browser.Value hint |> equals "The policy has no task \"reech\"."
        hash "#reach?policy=mt11" |> startsWith "#reach?policy=mt50"
        browser.Value hint |> equals "There is no policy \"mt11\" here."

    testCase "plays on where its server has ended" (fun () ->
        use browser = DevTools.Start(1280, 800, "--enable-unsafe-swiftshader")
        let server = serve ()
        browser.Open server.Page
        browser.Await("typeof play", "object")
        (server :> IDisposable).Dispose()

        browser.Value "document.querySelector('[data-task=hammer-v3]').click()"
        |> ignore

        browser.Await($"{hint}.startsWith('It cannot be loaded.')", "True")
        browser.Value "play.player.task.name" |> equals "door-open-v3"

        // Nor is a policy loaded that an address asks for.
        browser.Value
            "document.getElementById('hint').textContent = ''; location.hash = '#reach?policy=mt10'"
        |> ignore

        browser.Await($"{hint}.startsWith('It cannot be loaded.')", "True")
        browser.Value "document.getElementById('controls').hidden" |> equals "False"

        // Without the clipboard, as over a network, nothing is copied.
        for clipboard, said in
            [
                "undefined", "Copy the address bar"
                "{ writeText: async () => {} }", "Copied"
            ] do
            browser.Value
                $"Object.defineProperty(navigator, 'clipboard', {{ value: {clipboard}, configurable: true }}); document.getElementById('link').click()"
            |> ignore

            browser.Await("document.getElementById('link').textContent", said))

    testCase
        "plays tasks in turn, acts as the policy, begins and steps as the environments, opens a door, and lets its goal be dragged"
        (fun () ->
            withPage (fun browser page ->
                playsInTurn browser page
                readsAddresses browser page
                browser.Open "about:blank"
                browser.Open page
                browser.Await("typeof play", "object")
                actsAsPolicy browser "mt50"
                actsAsPolicy browser "mt10"
                actsAsPolicy browser "ml10"
                opensTheDoor browser
                drawsLight browser
                dragsTheGoal browser
                resetsAlike browser
                controlsAlike browser

                // What is shown can be opened again.
                browser.Value "location.hash" |> startsWith "#door-open?policy=mt50&goal="

                let message = "document.getElementById('message').textContent"
                browser.Before "HTMLCanvasElement.prototype.getContext = () => null;"
                browser.Open page
                browser.Await("document.getElementById('progress').hidden", "True")
                browser.Value message |> startsWith "This page needs WebGL 2."))

    testCase "shows scripted experts, which the program plays" (fun () ->
        withPage (fun browser page ->
            browser.Open(page + "#door-open?policy=expert&speed=2")
            browser.Await("typeof play", "object")
            browser.Value "play.player.episode.target.length" |> equals "3"
            browser.Await("play.player.solved > 0", "True")

            browser.Value "document.getElementById('title').textContent"
            |> equals "Scripted experts, 50 tasks"

            // A policy in its place acts in the browser.
            let chosen = "document.getElementById('policy')"

            browser.Value $"{chosen}.value = 'mt10'; {chosen}.dispatchEvent(new Event('change'))"
            |> ignore

            browser.Await("play.player.isServed", "False")
            browser.Await("play.player.episode.steps > 2", "True")
            browser.Value "play.player.task.name" |> equals "door-open-v3"))

    /// In the browser: whether a number stays the same while ten pictures are drawn.
    let stands (browser: DevTools) number =
        browser.Result
            $"(async () => {{ const before = {number}; for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame); return String({number} === before); }})()"
        |> equals "true"

    testCase
        "shows tasks of one's own, which the program plays by the policy or random actions"
        (fun () ->
            requirePackages ()
            let folder = TestFolder.create "own"

            Given.within OwnBall.extensions (fun () ->
                Words.split
                    $"train env=own/ball agent=mtppo setup.name=ball setup.seed=1 setup.base_path={folder}
                agent.actor.hidden_dim=8 agent.on_policy.batch_size=40 agent.on_policy.minibatch_size=20
                experiment.num_train_steps=40 experiment.eval_freq=40 --plain"
                |> Capture.does

                let run = Path.Combine(folder, "ball", "seed-1")
                let policies = [ PlayPolicy.load true run ]

                use server =
                    PlayServer.start
                        IPAddress.Loopback
                        0
                        policies
                        (PlayFiles.all policies "push" true)

                use browser = DevTools.Start(1280, 800, "--enable-unsafe-swiftshader")
                let steps = "play.player.episode.steps"
                let place = "play.player.world.data.geom_xpos[3]"
                browser.Open server.Page
                browser.Await("typeof play", "object")
                browser.Await($"{steps} > 2", "True")

                // Time stands still, then goes by single steps, from a start on.
                browser.Press " "
                stands browser steps
                browser.Press "n"
                browser.Await(steps, "0")
                browser.Result "play.choose('push').then(() => '')" |> ignore

                for step in 1..3 do
                    browser.Press "."
                    browser.Await(steps, string step)

                stands browser place

                use rollout = Rollout.OfTask(run, "push", extensions = OwnBall.extensions)
                rollout.Begin 0

                for _ in 1..3 do
                    rollout.Step()

                let environments = rollout.Environments
                let world = (environments.Rendered 0).World
                let number text = Double.Parse(browser.Value text)
                number place |> isWithin 1e-5 (world.GeomPosition(1)[0])

                number "play.player.episode.reward"
                |> isWithin 1e-6 (float environments.Rewards[0])

                number "play.player.episode.observation[1]"
                |> isWithin 1e-6 (float environments.Observations[1])

                number "play.player.history.at(-1).action[0]"
                |> isWithin 1e-6 (float rollout.Actions[0])

                browser.Press " "
                let chosen = "document.getElementById('policy')"

                browser.Value
                    $"{chosen}.value = 'random'; {chosen}.dispatchEvent(new Event('change'))"
                |> ignore

                browser.Await("play.player.policy === null && play.player.isServed", "True")
                browser.Await($"{steps} > 2", "True")
                0)
            |> equals 0)

    testCase "lets the goal of a task of one's own be dragged, as long as it is held" (fun () ->
        requirePackages ()
        let policies = [ OwnGoal.policy true ]

        use server =
            PlayServer.start IPAddress.Loopback 0 policies (PlayFiles.all policies "reach" true)

        use browser = DevTools.Start(1280, 800, "--enable-unsafe-swiftshader")
        browser.Open server.Page
        browser.Await("typeof play", "object")
        browser.Value hint |> equals "The program plays. Drag the goal."
        browser.Await("play.player.episode.steps > 2", "True")

        let goal () =
            (numbers (
                browser.Value "JSON.stringify([play.player.episode.target, play.view.goalOnPage])"
            ))

        // At the start of an episode, which does not end before the goal is held.
        browser.Press " "
        browser.Value "play.player.start()" |> ignore
        let before = goal ()
        before[0] |> List.ofArray |> equals OwnGoal.place
        let x, y = before[1][0], before[1][1]
        let last = x + 60.0, y + 10.0
        browser.Hold [ x, y; x + 20.0, y; last ]
        browser.Press " "
        let after = (goal ())[0]
        after[0] |> isAbove 0.6
        // Seen from above it stays at its height.
        after[2] |> isWithin 1e-9 0.0

        // What is observed and drawn is there, for longer than an episode of 20 steps, by rewards of 1.
        let stays =
            "play.player.episode.observation.concat(...play.player.world.data.site_xpos).every((x, i) => Math.abs(x - play.player.episode.target[i % 3]) < 1e-5)"

        browser.Await(stays, "True")
        let number text = Double.Parse(browser.Value text)
        let ended = number "play.player.ended"
        let total = number "play.player.episode.total"
        browser.Await($"play.player.episode.total > {total + 60.0}", "True")
        number "play.player.ended" |> equals ended
        browser.Value stays |> equals "True"

        // Afterwards the episode ends, and the next one has the model's goal.
        browser.Release last
        browser.Value "location.hash" |> contains "&goal="
        browser.Await("play.player.ended", string (ended + 1.0))
        browser.Await("play.player.episode.target.join()", "0.5,0,0")

        // A link keeps the goal, as of a task of Meta-World.
        browser.Open "about:blank"
        browser.Open $"{server.Page}#reach?policy=own&goal=0.25,0.5,0"
        browser.Await("typeof play", "object")
        browser.Await("play.player.episode.observation.join()", "0.25,0.5,0"))

    /// σ and the value for some observations, one after the other, by ONNX Runtime.
    let readings (policy: PlayPolicy) (rows: float32[][]) =
        use session = new InferenceSession(Option.get policy.Content)
        let count = int64 rows.Length

        use observations =
            OrtValue.CreateTensorValueFromMemory(Array.concat rows, [| count; 39L |])

        use tasks =
            OrtValue.CreateTensorValueFromMemory(Array.zeroCreate<int64> rows.Length, [| count |])

        use options = new RunOptions()

        use outputs =
            session.Run(
                options,
                [| "observation"; "task" |],
                [| observations; tasks |],
                [| "log_std"; "value" |]
            )

        let stds =
            outputs[0].GetTensorDataAsSpan<float32>().ToArray() |> Array.chunkBySize 4

        let values = outputs[1].GetTensorDataAsSpan<float32>().ToArray()

        Array.map2
            (fun std value -> Array.append (Array.map (float >> exp) std) [| float value |])
            stds
            values

    testCase "shows σ and the value of a run's policy" (fun () ->
        requirePackages ()
        let folder = TestFolder.create "readings"

        Words.split
            $"train env=metaworld-mt1 env.benchmark.env_name=reach agent=mtppo env.horizon=20
            setup.name=readings setup.seed=2 setup.base_path={folder} agent.actor.hidden_dim=8
            agent.on_policy.batch_size=40 agent.on_policy.minibatch_size=20
            experiment.num_train_steps=40 experiment.eval_freq=40 --plain"
        |> Capture.does

        Capture.does ([ "train"; "--plain" ] @ SmallRun.reach folder "readings")

        let policies = [
            for run in [ "seed-1"; "seed-2" ] ->
                PlayPolicy.load false (Path.Combine(folder, "readings", run))
        ]

        let pages =
            PlayFiles.all (policies @ [ PlayPolicy.load false "policy:mt10" ]) "reach-v3" false

        use server = PlayServer.start IPAddress.Loopback 0 [] pages
        use browser = DevTools.Start(1280, 800, "--enable-unsafe-swiftshader")

        let rows =
            Array.init 20 (fun row -> Array.init 39 (fun i -> float32 (number row i)))

        let isHidden plot =
            browser.Value $"document.getElementById('{plot}').parentElement.hidden"

        for policy in policies do
            browser.Open "about:blank"
            browser.Open $"{server.Page}#reach?policy={policy.Name}"
            browser.Await("typeof play", "object")
            browser.Await("play.player.episode.steps > 2", "True")

            let said =
                numbers (
                    browser.Value
                        $"JSON.stringify({JsonSerializer.Serialize rows}.map(row => {{
                        const {{ std, value }} = play.player.policy.act(row, 0);
                        return [...std, value]; }}))"
                )

            for found, expected in Seq.zip said (readings policy rows) do
                for x, y in Seq.zip found expected do
                    x |> isWithin (1e-5 * max 1.0 (abs y)) y

            for plot, caption in [ "std", "spread"; "values", "value" ] do
                isHidden plot |> equals "False"

                browser.Value $"document.getElementById('{caption}').textContent"
                |> matches "[0-9]"

        // The file of a policy has neither.
        browser.Open "about:blank"
        browser.Open $"{server.Page}#reach?policy=mt10"
        browser.Await("typeof play", "object")
        isHidden "std" |> equals "True"
        isHidden "values" |> equals "True")

    testCase "loads less than 4 MB up to the first movement" (fun () ->
        withPage (fun browser page ->
            // A key is pressed at each file that is asked for, before there is an episode.
            browser.Before
                "const own = fetch; globalThis.fetch = (...words) => { dispatchEvent(new KeyboardEvent('keydown', { key: 'n' })); return own(...words); };"

            browser.Open page
            browser.Await("typeof play", "object")
            browser.Await("play.player.episode.steps > 0", "True")
            browser.Value "document.getElementById('controls').hidden" |> equals "False"
            loaded browser page |> isBelow 4_000_000L))

    let click (browser: DevTools) selector =
        browser.Value $"document.querySelector('{selector}').click()" |> ignore

    testCase "shows the newest policy of a run beside its curves, and takes a newer one" (fun () ->
        files.Force() |> ignore
        let folder = TestFolder.create "acting"
        let words = SmallRun.reach folder "acting" @ [ "experiment.save_freq=20" ]
        Capture.does ([ "train"; "--plain"; "--until"; "20" ] @ words)

        use server = WatchedRun.serve folder
        use browser = DevTools.Start(1280, 900, "--enable-unsafe-swiftshader")
        let frame = "document.querySelector('#policy iframe').contentWindow"
        let page = $"{frame}.play"

        let acts () =
            browser.Await($"typeof {page}", "object")
            browser.Await($"{page}.player.episode.steps > 2", "True")

        // Beside a training it waits for a click.
        browser.Open server.Page
        browser.Await("document.getElementById('policy').hidden", "False")

        browser.Value "document.querySelector('#policy .note').textContent"
        |> startsWith "It waits for a click"

        click browser "#policy button"
        acts ()

        let policy =
            $"{frame}.document.getElementById('policy').selectedOptions[0].textContent"

        browser.Await(policy, "seed-1, step 20: 1 task")

        // Experts are played by the server of `mtrl play` alone.
        let choices =
            $"[...{frame}.document.getElementById('policy').options].map(one => one.value).join()"

        browser.Value choices |> equals "seed-1,random"
        browser.Value $"{page}.player.policy.tasks.join()" |> equals "reach-v3"

        let action =
            $"{page}.player.policy.act(new Float32Array(39).fill(1), 0).action.join()"

        let before = browser.Value action

        Capture.does ([ "train"; "--plain" ] @ words)
        browser.Await(policy, "seed-1, step 40: 1 task")
        browser.Value action |> differsFrom before

        let count = "document.querySelectorAll('#policy iframe').length"
        click browser "#policy button"
        browser.Await(count, "0")

        // The run has ended: it acts at once.
        browser.Open server.Page
        acts ()

        // It stands beside the curves, or below them in a narrow window, and is within it.
        let isBeside =
            "document.getElementById('policy').getBoundingClientRect().left >= document.getElementById('charts').getBoundingClientRect().right"

        browser.Value isBeside |> equals "True"
        browser.Resize(400, 800)
        browser.Await(isBeside, "False")
        browser.Await("document.documentElement.scrollWidth <= 400", "True")

        browser.Await(
            $"{frame}.document.documentElement.scrollWidth <= {frame}.innerWidth",
            "True"
        ))

    testCase "says beside the curves why a policy does not act" (fun () ->
        files.Force() |> ignore
        let folder = TestFolder.create "waiting"
        WatchedRun.make folder "mt10/seed-1" [] |> ignore
        use server = WatchedRun.serve folder
        use browser = DevTools.Start(1280, 900)
        browser.Open server.Page
        browser.Await("document.getElementById('policy').hidden", "False")
        click browser "#policy button"

        browser.Await(
            "document.querySelector('#policy .note').textContent.includes('checkpoint')",
            "True"
        )

        browser.Value "document.querySelectorAll('iframe').length" |> equals "0")

    testCase "is a folder of files that names all it needs" (fun () ->
        let folder = TestFolder.create "play"
        PlayFiles.write folder files.Value |> ignore

        for path in
            Words.split
                "index.html main.js mujoco/mujoco.wasm mujoco/LICENSE three/LICENSE
                scenes/parts/robot.xml policies/mt50.onnx tasks.json" do
            Path.Combine(folder, path) |> isFile)
]
