module MtrlFunctional.Tests.Algorithms.SacWeighingTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Algorithms.Examples

/// Every method that weighs losses with every other kind of network, and every network with every other
/// method: the gradient of the weighted losses is the combination of the tasks' gradients.
let ``losses weighed in an update`` = [
    let weighing =
        MtrlFunctional.Tests.Surgery.Examples.methods
        |> List.filter (snd >> _.WeighsLosses)

    let uncertainty start =
        UncertaintyWeighting.surgery { UncertaintyWeighting.standard with Start = start }

    // Those, and coefficients so small that nothing is left of a gradient, or little.
    let methods =
        [ yield! weighing; "small", uncertainty 15.0; "vanishing", uncertainty 800.0 ]
        |> List.mapi (fun i (name, method') -> name, (i, method'))

    let key = Key.ofSeed 5L

    let configs method' =
        networks
        |> List.map (fun config -> { config with Surgery = Some(SacSurgery.both method' key) })

    let scaledBy (numbers: float list) (x: Tensor) =
        x .* Tensor.ofDoubles [| 3L; 1L |] (List.toArray numbers)

    // All tasks alike; some with fewer rows or none, or all with none; one whose numbers are not finite, or too
    // large.
    let batches config step = [
        let batch = batchOf config 6 step
        batch
        { batch with Weight = scaledBy [ 0.5; 2.0; 1.0 ] batch.Weight }
        { batch with Weight = scaledBy [ 1.0; 0.0; 1.0 ] batch.Weight }
        { batch with Weight = scaledBy [ 0.0; 0.0; 0.0 ] batch.Weight }
        { batch with Reward = scaledBy [ 1.0; 1.0; nan ] batch.Reward }
        { batch with Reward = scaledBy [ 1e38; 1.0; 1.0 ] batch.Reward }
    ]

    // The gradient between two states, of which Adam's first moment takes a tenth.
    let followed (before: AdamState) (after: AdamState) =
        Array.map2
            (fun a b -> 10.0 * (b - 0.9 * a))
            (Tensor.toDoubles before.FirstMoment)
            (Tensor.toDoubles after.FirstMoment)

    let joined method' purpose (state: SacState) layouts memory gradients =
        CombineGradients.combine
            false
            {
                Method = method'
                Layouts = layouts
                Places = []
                Memory = memory
                Key = key |> Key.forPurpose purpose |> Key.at state.Critic.Steps
            }
            gradients

    // No numbers are equal to each other: a task whose numbers are not finite makes all of them so.
    let areClose (expected: float[]) (found: float[]) =
        let size =
            expected
            |> Array.filter System.Double.IsFinite
            |> Array.fold (fun most x -> max most (abs x)) 1.0

        Array.forall2
            (fun a b ->
                System.Double.IsNaN a && System.Double.IsNaN b || abs (a - b) < 1e-12 * size)
            expected
            found

    let remember (a: SurgeryState) (b: SurgeryState) =
        let numbers =
            SurgeryState.toArrays
            >> Seq.collect snd
            >> Seq.map (fun x -> if System.Double.IsNaN x then -7.0 else x)
            >> Seq.toArray

        areClose (numbers a) (numbers b)

    // An update of two, in which what is remembered counts, beside gradients task by task.
    let compare (agent: SacAgent) (state: SacState) batch =
        let after, _ = Sac.update agent state batch
        let single = { agent with Shards = Shards.serial 1 }
        let surgery = Option.get agent.Config.Surgery

        let critic =
            Sac.criticGradients (SacView.read single state) batch
            |> joined
                surgery.OfCritic
                "critic"
                state
                [ agent.CriticLayout; agent.TaskEncoderLayout ]
                state.CriticSurgery

        let improved = { state with Critic = after.Critic }

        // The losses behind the step, [tasks]; not numbers where a task has no rows.
        let lossesAfter =
            let losses =
                SacLosses.criticAfter
                    (SacView.read single state)
                    (SacView.read single improved)
                    batch

            Tensor.sumDim 1 (batch.Weight .* losses) ./ Tensor.sumDim 1 batch.Weight
            |> Tensor.toDoubles

        let actor =
            Sac.actorGradients (SacView.read single improved) batch
            |> joined surgery.OfActor "actor" improved [ agent.ActorLayout ] state.ActorSurgery

        for expected, found in
            [
                critic.Directions[0], followed state.Critic after.Critic
                critic.Directions[1], followed state.TaskEncoder after.TaskEncoder
                actor.Directions[0], followed state.Actor after.Actor
            ] do
            isTrue (areClose (Tensor.toDoubles expected) found)

        let observed = Surgery.observe surgery.OfCritic lossesAfter critic.Memory
        isTrue (remember observed after.CriticSurgery)
        isTrue (remember actor.Memory after.ActorSurgery)
        after

    testNamed "are joined as gradients task by task" methods (fun (number, method') ->
        let mine =
            List.indexed (configs method')
            |> List.filter (fun (at, _) -> (at + number) % LongForm.count 24 2 = 0)

        for at, config in mine do
            use _ = TorchSharp.torch.NewDisposeScope()
            // In turns: one part, two parts.
            let agent = SacAgent.create (Shards.serial (1 + at / 2 % 2)) config

            for first, second in List.zip (batches config 1L) (batches config 2L) do
                let state = compare agent (fresh config) first
                compare agent state second |> ignore)
]
