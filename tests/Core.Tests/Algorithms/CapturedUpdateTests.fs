namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Updates as a graph would do them, on the CPU.
[<TestFixture>]
module ``a captured update`` =

    let private all = networks @ inferredNetworks |> List.filter _.Surgery.IsNone

    let private operatedOn = networks @ inferredNetworks |> List.filter _.Surgery.IsSome

    let private captured (agent: SacAgent) =
        CapturedUpdate.OfStages KernelLaunch.Rehearsal agent (Sac.stages agent) (Sac.update agent)

    /// Steps of the optimiser of each part.
    let private steps (state: SacState) = [
        for KeyValue(name, content) in state.Parts do
            match PartContent.moments content with
            | Some moments -> name, moments.Steps
            | None -> ()
    ]

    let private readings metrics =
        Metrics.read metrics |> Array.map (fun r -> r.Metric, r.Number)

    let private equal (expected: SacState, measured) (found: SacState, metrics) =
        Assert.That((steps found = steps expected))
        Assert.That(largestDifference (numbers expected) (numbers found), Is.LessThan 1e-9)
        let expected, found = readings measured, readings metrics
        Assert.That((Array.map fst found = Array.map fst expected))

        for (name, expected), (_, found) in Array.zip expected found do
            Assert.That(found, Is.EqualTo(expected).Within(1e-9 * (1.0 + abs expected)), name)

    /// Actor and targets are due or not, each with the other.
    let private often config = { config with ActorEvery = 2; TargetEvery = 3 }

    [<TestCaseSource(nameof all)>]
    let ``computes what the update does`` (config: SacConfig) =
        use _ = Ops.Scope()
        let agent = agent (often config)
        let captured = captured agent
        let mutable plain, state = fresh config, fresh config

        for counter in 1L .. 30L do
            let batch = sampleOf config 8 counter
            let expected = Sac.update agent plain batch
            let found = captured.Update state batch
            equal expected found
            plain <- fst expected
            state <- fst found

        Assert.That(captured.Captures, Is.EqualTo 4)

    /// Captured computations write to the same places each time: what they gave must not be there.
    [<Test>]
    let ``leaves its inputs and its earlier outcomes alone`` () =
        use _ = Ops.Scope()
        let agent = agent (often encoded)
        let captured = captured agent

        let outcomes =
            [ 1L .. 24L ]
            |> List.scan
                (fun (state, _) counter -> captured.Update state (sampleOf encoded 8 counter))
                (fresh encoded, [])

        for counter, (before, after) in List.pairwise outcomes |> List.indexed do
            let batch = sampleOf encoded 8 (int64 counter + 1L)
            let again = Sac.update agent (fst before) batch
            equal again after

    [<Test>]
    let ``keeps no tensor of a run`` () =
        use _ = Ops.Scope()
        let captured = captured (agent plain)
        let mutable state = fresh plain

        let made counter =
            use scope = Ops.Scope()
            let next, metrics = captured.Update state (batchOf plain 8 counter)
            let outcome = Seq.append (SacState.owns next) (Metrics.owns metrics) |> Seq.length

            for x in SacState.owns next do
                scope.MoveToOuter x |> ignore

            state <- next
            scope.DisposablesCount, outcome

        let counts = [ for counter in 1L .. 10L -> made counter ]
        Assert.That(captured.Captures, Is.EqualTo 1)
        // Before, while and after it is captured.
        Assert.That(List.last counts, Is.EqualTo counts.Head)

    [<Test>]
    let ``is computed as it is where it reads numbers`` () =
        use _ = Ops.Scope()
        let agent = agent plain

        let reading (state: SacState) batch =
            let next, metrics = Sac.update agent state batch
            let loss = Ops.Item (List.head metrics).Value
            next, metrics @ [ { Name = "read"; Value = Draw.constant double loss [||] } ]

        let captured = CapturedUpdate(KernelLaunch.Rehearsal, [ 1 ], reading)
        let mutable plain', state = fresh plain, fresh plain

        for counter in 1L .. 6L do
            let batch = batchOf plain 8 counter
            let expected = reading plain' batch
            let found = captured.Update state batch
            equal expected found
            plain' <- fst expected
            state <- fst found

        Assert.That(captured.Captures, Is.Zero)

    [<Test>]
    let ``is captured for few shapes of batches`` () =
        use _ = Ops.Scope()
        let agent = agent plain
        let captured = captured agent
        let state = fresh plain

        for rows in 1..20 do
            for counter in 1L .. 4L do
                let batch = batchOf plain rows counter
                equal (Sac.update agent state batch) (captured.Update state batch)

        Assert.That(captured.Captures, Is.EqualTo 8)

    [<Test>]
    let ``is the plain one where kernels are launched one by one`` () =
        use _ = Ops.Scope()
        let agent = agent plain

        for launch in [ KernelLaunch.Single; KernelLaunch.Graph ] do
            let captured = CapturedUpdate(launch, [ 1 ], Sac.update agent)
            let state = fresh plain

            for counter in 1L .. 6L do
                let batch = batchOf plain 8 counter
                let expected, _ = Sac.update agent state batch
                let found, _ = captured.Update state batch
                Assert.That((numbers found = numbers expected))

            // Main memory has no graphs.
            Assert.That(captured.Captures, Is.Zero)

    [<TestCaseSource(nameof operatedOn)>]
    let ``is the plain one with surgery`` (config: SacConfig) =
        use _ = Ops.Scope()
        let captured = captured (agent config)

        for counter in 1L .. 4L do
            captured.Update (fresh config) (sampleOf config 8 counter) |> ignore

        Assert.That(captured.Captures, Is.Zero)
