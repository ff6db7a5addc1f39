/// Replays Adam epochs over minibatches, of policy and value function: losses, and parameters after
/// the first minibatch and after each epoch.
module internal MtrlFunctional.Verification.OnPolicyEpochs

open MtrlFunctional.Algorithms
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.OnPolicyUpdate

/// All epochs, and the first minibatch, of one network.
let private passes
    replayed
    name
    layout
    (settings: MinibatchSettings)
    problem
    (order: RowOrder)
    (start: AdamState)
    =
    let { Prepared = prepared; File = file; Prefix = prefix } = replayed

    let once rows order trained =
        MinibatchTraining.run
            (Shards.serial 1)
            { settings with Epochs = 1 }
            0.0
            problem
            rows
            order
            (fun _ -> false)
            SurgeryState.empty
            trained

    let first =
        settings.Minibatch
        |> Option.map (fun size ->
            let rows = prepared.Rows[0]
            let places = order 0 0 rows.Length |> Array.truncate size

            once
                [| places |> Array.map (fun i -> rows[i]) |]
                (fun _ _ count -> Array.init count id)
                start)

    let fitted =
        [ 0 .. settings.Epochs - 1 ]
        |> List.scan
            (fun (fitted: MinibatchTraining.Fitted) pass ->
                once prepared.Rows (fun _ task count -> order pass task count) fitted.Trained)
            { Trained = start; Losses = []; Epochs = 0; Memory = SurgeryState.empty }
        |> List.tail

    let flat (fitted: MinibatchTraining.Fitted) = toRecord layout fitted.Trained.Values

    let losses =
        fitted |> List.collect _.Losses |> List.map Tensor.toDoubles |> Array.concat

    absolute near replayed [ $"{name}_minibatch_losses", (fun () -> losses) ]
    @ absolute far replayed [
        for first in Option.toList first do
            $"{name}_after_minibatch1", (fun () -> flat first)
        $"{name}_flat_after_each_epoch", (fun () -> fitted |> List.map flat |> Array.concat)
    ]
    @ [
        let recorded = $"{prefix}{name}_after_epoch1/"

        let key =
            if name = "vf" then
                "vf_param_order"
            else
                "policy_param_order"

        if Seq.exists (fun (n: string) -> n.StartsWith recorded) file.Names then
            Check.absolute
                file.Path
                far
                recorded
                (parameters file key recorded "")
                (flat fitted.Head)
    ]

/// The epochs of both networks.
let verify replayed =
    let { Agent = agent; Before = state; Prepared = prepared } = replayed
    let iteration = prepared.Iteration

    [
        match agent.Config.Improve with
        | GradientSteps(kind, settings, _) ->
            let problem = Ppo.problem agent state kind prepared

            yield!
                passes
                    replayed
                    "policy"
                    agent.PolicyLayout
                    settings
                    problem
                    iteration.PolicyOrder
                    state.Policy
        | TrustRegionStep _ -> ()

        match agent.Config.Value with
        | ValueNetwork network ->
            let problem = ValueFitting.problem agent state network prepared

            yield!
                passes
                    replayed
                    "vf"
                    agent.ValueLayout
                    network.Training
                    problem
                    iteration.ValueOrder
                    state.Value
        | LinearFeatures _ -> ()
    ]
