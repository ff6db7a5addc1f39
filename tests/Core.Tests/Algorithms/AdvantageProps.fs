module MtrlFunctional.Tests.Algorithms.AdvantageProps

open Expecto
open FsCheck.FSharp
open MtrlFunctional.Algorithms

/// Episodes of some lengths with rewards, values and what follows.
type internal Courses =
    static member RewardSequence() =
        gen {
            let! steps = Gen.choose (1, 12)
            let! count = Gen.choose (1, 5)
            let! lengths = Gen.arrayOfLength count (Gen.choose (1, steps))
            let number = Gen.choose (-1000, 1000) |> Gen.map (fun i -> float i / 100.0)
            let! reward = Gen.arrayOfLength (count * steps) number
            let! value = Gen.arrayOfLength (count * steps) number
            let! following = Gen.arrayOfLength count number

            let course: Advantages.RewardSequence = {
                Steps = steps
                Lengths = lengths
                Restarts = Array.create count [||]
                Reward = reward
                Value = value
                BootstrapValue = following
                Leaks = Array.create count false
            }

            return course
        }
        |> Arb.fromGen

let ``generalised advantages`` = [
    let law name = testLaw 100 [ typeof<Courses> ] name

    let near x y = abs (x - y) <= 1e-9 * (1.0 + abs x)

    let taken (course: Advantages.RewardSequence) = [|
        for e in 0 .. course.Lengths.Length - 1 do
            for t in 0 .. course.Lengths[e] - 1 -> e, t, e * course.Steps + t
    |]

    law "returns are discounted sums" (fun (course: Advantages.RewardSequence) ->
        let returns = Advantages.returns 0.9 course

        taken course
        |> Array.forall (fun (e, t, i) ->
            let left = course.Lengths[e] - t

            let sum =
                Seq.sum (seq { for k in 0 .. left - 1 -> 0.9 ** float k * course.Reward[i + k] })

            near (sum + 0.9 ** float left * course.BootstrapValue[e]) returns[i]))

    // Rows with several episodes each, and a row for each of these.
    let several =
        let restarts (course: Advantages.RewardSequence) =
            course.Lengths
            |> Array.map (fun length ->
                Gen.subListOf [ 1 .. length - 1 ] |> Gen.map (List.sort >> List.toArray))
            |> Gen.sequenceToArray

        Courses.RewardSequence().Generator
        |> Gen.bind (fun course ->
            restarts course |> Gen.map (fun restarts -> { course with Restarts = restarts }))

    // The only episode of a row: steps `first` to `next` − 1 of row `e`.
    let alone (course: Advantages.RewardSequence) e first next : Advantages.RewardSequence =
        let part (numbers: float[]) =
            Array.sub numbers (e * course.Steps + first) (next - first)

        {
            Steps = next - first
            Lengths = [| next - first |]
            Restarts = [| [||] |]
            Reward = part course.Reward
            Value = part course.Value
            BootstrapValue = [|
                if next = course.Lengths[e] then
                    course.BootstrapValue[e]
                else
                    0.0
            |]
            Leaks = [| false |]
        }

    law "of episodes in one row are those of a row for each" (fun () ->
        Prop.forAll (Arb.fromGen several) (fun course ->
            [
                Advantages.estimate 0.9 0.95
                Advantages.returns 0.9
                Advantages.accumulated 0.9
            ]
            |> List.forall (fun computed ->
                let together = computed course

                [|
                    for e in 0 .. course.Lengths.Length - 1 do
                        let borders = [| 0; yield! course.Restarts[e]; course.Lengths[e] |]

                        for first, next in Array.pairwise borders do
                            Array.sub together (e * course.Steps + first) (next - first) =
                                computed (alone course e first next)
                |]
                |> Array.forall id)))

    // Three tasks of four rows in minibatches of five rows at most.
    law "are not negative in a minibatch that is normalised by itself" (fun (numbers: int[]) ->
        let all =
            Array.init 12 (fun i -> float (if i < numbers.Length then numbers[i] else i * i))

        let indices: Minibatches.MinibatchIndices = {
            Places = [| 0L; 5L; 6L; 8L; 11L; 1L; 2L; 4L; 9L; 3L; 7L; 10L |]
            Starts = [| 0L; 5L; 9L; 12L |]
        }

        let least scope positive =
            let shape = {
                NormalisedOver = Some scope
                ByStandardDeviation = true
                Positive = positive
            }

            let chosen = NormalisedAdvantages.ofMinibatches shape all 4L indices

            [
                for first, next in Seq.pairwise indices.Starts ->
                    Array.min chosen[int first .. int next - 1]
            ]

        [ EachMinibatch; EachTaskOfMinibatch ]
        |> List.forall (fun scope ->
            least scope true = [ 0.0; 0.0; 0.0 ]
            && List.forall (fun x -> x <= 0.0) (least scope false)))
]
