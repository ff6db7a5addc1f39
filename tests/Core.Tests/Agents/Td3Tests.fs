namespace MtrlFunctional.Tests.Agents

open NUnit.Framework
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Td3
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// TD3 as an experiment whose words and keys were added to the table.
module Td3Examples =
    let words = [
        "env=metaworld-mt10"
        "agent=td3"
        "env.tasks=[reach-v3,push-v3,drawer-close-v3]"
        "agent.actor.hidden_dim=8"
        "agent.td3.policy_delay=3"
        "agent.td3.target_std=0.3"
    ]

    let experiment =
        match Experiment.resolveWith (Additions.ofAlgorithms [ Td3Entry.entry ]) words with
        | Ok(experiment, _) -> experiment
        | Error mistakes -> invalidOp (string mistakes)

    let setting: Catalogue.AgentSetting = {
        Environment = {
            Observation = EnvironmentSpec.vector 5
            Action = ActionSpace.Box 2
            Horizon = 10
            Terminates = true
        }
        Precision = Precision.Full
        Shards = Shards.serial 2
        TaskEmbeddings = None
    }

    /// Made by a catalogue with one more line.
    let agent =
        match Catalogue.createFrom (Catalogue.standard @ [ Td3Entry.entry ]) setting experiment with
        | AnyAgent.OffPolicy(agent, _) -> agent
        | AnyAgent.OnPolicy _ -> invalidOp "TD3 learns from replay."

    let start () = agent.Start(Key.ofSeed 3L, double)

    /// 8 rows of each task, different for each counter.
    let sample (counter: int64) =
        let sizes = { plain with ObsSize = agent.Description.ObsSize }
        batchOf sizes 8 counter |> ReplaySample.ofBatch

    let numbers (state: IAgentState<ReplaySample>) =
        state.Owns |> Seq.map Tensor.toDoubles |> Array.concat

    let update counter (state: IAgentState<ReplaySample>) =
        let struct (next, metrics) = state.Update(sample counter)
        next, metrics

    /// Updates with the given counters.
    let train counters state =
        (state, counters) ||> Seq.fold (fun state k -> fst (update k state))

    /// The numbers of the tensors below a name.
    let under name (state: IAgentState<ReplaySample>) =
        state.Named()
        |> List.filter (fun (path, _) -> path.StartsWith(name + "/"))
        |> List.map (snd >> Tensor.toDoubles)
        |> Array.concat

[<TestFixture>]
module ``TD3 through the agent record`` =
    open Td3Examples

    [<Test>]
    let ``an update leaves its input untouched and gives the same bits twice`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = train [ 1L .. 3L ] (start ())
        let before = numbers state
        let once, again = train [ 6L ] state, train [ 6L ] state
        Assert.That((numbers state = before))
        Assert.That((numbers once = numbers again))
        Assert.That((numbers once <> before))

    [<Test>]
    let ``the loss of the critics falls on a fixed batch`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let loss (_, metrics) = reading "critic_loss" metrics
        // Between the delayed updates, so that the targets stay.
        let first = start () |> update 1L

        let last =
            (fst first, [ 1..200 ]) ||> List.fold (fun state _ -> fst (update 1L state))

        Assert.That(loss (update 1L last), Is.LessThan(0.8 * loss first))

    [<Test>]
    let ``actor and targets move in every third update alone`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = start ()

        for counter in 0L .. 6L do
            let next = train [ counter ] state

            for part in [ "actor"; "actor_target"; "critic_target" ] do
                let hasMoved = under part next <> under part state
                Assert.That(hasMoved, Is.EqualTo((counter % 3L = 0L)), $"{part} {counter}")

            Assert.That((under "critic" next <> under "critic" state))

    [<Test>]
    let ``a state by names is the same state, and goes on alike`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = train [ 0L .. 4L ] (start ())
        let named = Map.ofList (state.Named())

        match agent.OfNamed(double, (fun name -> Map.tryFind name named)) with
        | Ok again ->
            Assert.That((numbers again = numbers state))
            Assert.That((numbers (train [ 5L .. 8L ] again) = numbers (train [ 5L .. 8L ] state)))
        | Error faults -> Assert.Fail(String.concat "\n" faults)

    [<Test>]
    let ``names that are missing are listed`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let named = Map.ofList (start().Named()) |> Map.remove "critic/q1/trunk/0/weight"

        match agent.OfNamed(double, (fun name -> Map.tryFind name named)) with
        | Ok _ -> Assert.Fail "A state without a weight was accepted."
        | Error faults -> Assert.That((faults = [ "critic/q1/trunk/0/weight: missing." ]))

    [<Test>]
    let ``exploring actions are greedy ones with noise, in [-1, 1]`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = start ()
        let obs = (List.head (sample 1L).Batches).Obs
        let noise = Draw.normal double (Key.ofSeed 4L) [| 3L; 8L; 2L |]
        let greedy = Tensor.toDoubles (state.ActGreedily obs)
        let explored = Tensor.toDoubles (state.Act(obs, noise))

        for g, e, n in Array.zip3 greedy explored (Tensor.toDoubles noise) do
            Assert.That(e, Is.EqualTo(max -1.0 (min 1.0 (g + 0.1 * n))).Within 1e-12)

    [<Test>]
    let ``its description counts its parameters`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let about, state = agent.Description, start ()

        let count name =
            under name state |> Array.length |> int64

        Assert.That(about.Groups, Is.EqualTo 3)
        Assert.That(about.Parameters.Trained, Is.EqualTo(count "actor" + count "critic"))
        Assert.That(about.ParameterTable.Value, Does.Contain "critic/q2/trunk/1/bias")

        let titles = about.Diagram.Value |> List.map _.Title
        Assert.That((titles = [ "actor"; "critic (two)" ]))

    [<Test>]
    let ``checks and estimates of memory see its networks`` () =
        match DescribedAgent.from (Catalogue.standard @ [ Td3Entry.entry ]) experiment with
        | None -> Assert.Fail "It has no description."
        | Some about ->
            let parts = about.Parts |> List.sumBy TrainedPart.count
            Assert.That(parts, Is.EqualTo(float about.Parameters.Trained))
            Assert.That(about.ObsSize, Is.EqualTo(39 + 3))

            Assert.That(
                (about.Networks |> List.map (fun (sizes, _) -> sizes.Features)) = [ 42; 46; 46 ]
            )

[<TestFixture>]
module ``TD3 in the table of keys`` =
    open Td3Examples

    [<Test>]
    let ``its keys have values and defaults`` () =
        let values = Map.ofList (Experiment.values experiment)
        Assert.That(values["agent.td3.policy_delay"], Is.EqualTo(Value.Int 3L))
        Assert.That(values["agent.td3.target_clip"], Is.EqualTo(Value.Float 0.5))
        Assert.That(values["defaults.agent"], Is.EqualTo(Value.Text "td3"))

    [<Test>]
    let ``an experiment as YAML is read back`` () =
        match
            Experiment.loadWith
                (Additions.ofAlgorithms [ Td3Entry.entry ])
                (Experiment.render experiment)
        with
        | Ok again -> Assert.That((again = experiment))
        | Error mistakes -> Assert.Fail(string mistakes)

    [<Test>]
    let ``a wrong value, and a key of another algorithm, are mistakes`` () =
        let mistakesOf words =
            match Experiment.resolveWith (Additions.ofAlgorithms [ Td3Entry.entry ]) words with
            | Ok _ -> []
            | Error mistakes -> mistakes |> List.map string

        let wrong = mistakesOf (words @ [ "agent.td3.policy_delay=0" ])
        Assert.That(wrong.Length, Is.EqualTo 1)
        Assert.That(wrong.Head, Does.StartWith "agent.td3.policy_delay = 0")

        for words in
            [
                words @ [ "agent.ppo.clip=0.1" ]
                [ "env=metaworld-mt10"; "agent=state_sac"; "agent.td3.policy_delay=3" ]
            ] do
            Assert.That((mistakesOf words).Length, Is.EqualTo 1, string words)

    [<Test>]
    let ``without its keys the word is unknown`` () =
        match Experiment.resolve words with
        | Ok _ -> Assert.Fail "The table has TD3 without being asked."
        | Error mistakes ->
            Assert.That(mistakes |> List.map string, Has.Some.StartsWith "agent = td3")
