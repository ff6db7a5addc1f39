namespace MtrlFunctional.Tests.Algorithms

open FsCheck
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

[<TestFixture>]
module ``a policy with a memory`` =
    let private units = 6

    /// The states and actions of a policy that follows the observations of an iteration step by step.
    let private played agent state (episodes: Episodes) =
        let memory =
            Draw.constant double 0.0 [| int64 tasks; int64 OnPolicyExamples.episodes; int64 units |]

        let next memory t =
            let memory =
                OnPolicy.remember agent state memory (Ops.Select(episodes.Obs, 2L, int64 t))

            OnPolicy.actGreedily agent state memory, memory

        List.mapFold next memory [ 0 .. steps - 1 ] |> fst

    /// An update computes whole rows at once, sampling step by step.
    [<Test>]
    let ``learns from the distribution that it acts by`` () =
        use _ = Ops.Scope()
        let state, iteration = moved recurrent (fresh recurrent), iteration 1L whole
        let actions = played (agent recurrent) state iteration.Episodes
        let stepwise = Ops.Stack(List.toArray actions, 2L)
        let prepared = prepare recurrent state iteration

        let together =
            Ops.Reshape(ActionDistribution.mode prepared.Policy, Ops.Shape stepwise)

        let miss = Ops.ToDoubles(stepwise .- together) |> Array.map abs |> Array.max

        Assert.That(miss, Is.LessThan 1e-10)

    /// The value of the last observation is that of a row one step longer.
    [<Test>]
    let ``values the last observation by the whole row before it`` () =
        use _ = Ops.Scope()
        let state, iteration = moved recurrent (fresh recurrent), iteration 1L whole
        let e = iteration.Episodes
        let changed = { e with LastObs = 2.0 +. e.LastObs }
        let before = prepare recurrent state iteration
        let after = prepare recurrent state { iteration with Episodes = changed }
        let returns (p: Preparation.Prepared) = Ops.ToDoubles p.Return
        Assert.That((Ops.ToDoubles before.Value = Ops.ToDoubles after.Value))
        Assert.That((returns before <> returns after))

[<TestFixture; Properties(MaxTest = 100)>]
module ``minibatches of sequences`` =
    /// Steps of the rows of two tasks with three sequences each.
    let private rows block (lengths: int[]) : int[][] =
        Array.init 2 (fun task -> [|
            for e in 0..2 do
                for t in 0 .. lengths[3 * task + e] - 1 -> e * block + t
        |])

    [<Property>]
    let ``have each step once, whole sequences in their order, and weights whose sum is 1``
        (PositiveInt block)
        (PositiveInt size)
        (lengths: PositiveInt[])
        =
        let block = 1 + block % 7

        let lengths =
            Array.init 6 (fun i ->
                if lengths.Length = 0 then
                    block
                else
                    1 + lengths[i % lengths.Length].Get % block)

        let rows, all = rows block lengths, 3 * block
        let order _ _ n = Array.init n (fun i -> n - 1 - i)

        let minibatches = Minibatches.pass block all rows (Some size) order 0 |> Seq.toList

        let weighted (m: Minibatches.Minibatch) =
            Array.zip m.Places m.Weight
            |> Array.filter (fun (_, w) -> w > 0.0)
            |> Array.map fst

        let expected =
            rows
            |> Array.mapi (fun task -> Array.map (fun i -> int64 (task * all + i)))
            |> Array.concat

        let isWhole (m: Minibatches.Minibatch) =
            m.Places
            |> Array.chunkBySize block
            |> Array.forall (fun places ->
                places[0] % int64 block = 0L
                && places = Array.init places.Length (fun t -> places[0] + int64 t))

        (minibatches |> Seq.collect weighted |> Seq.sort |> Seq.toArray) = expected
        && List.forall isWhole minibatches
        && minibatches |> List.forall (fun m -> abs (Array.sum m.Weight - 1.0) < 1e-9)
