module MtrlFunctional.Reliability.Tests.Numbers.ReplayPositionTests

open Expecto
open Expecto.Flip
open System
open MtrlFunctional.Replay
open MtrlFunctional.Spaces

/// Positions of a replay that come from a checkpoint.
let ``restored positions of a replay`` = [
    let shape =
        ReplayShape(
            Tasks = 1,
            Spec = {
                Observation = { Shape = [ 7 ]; Element = ElementType.Float32; Frames = 2; Tail = 1 }
                Action = ActionSpace.Box 2
                Horizon = 100
                Terminates = false
            },
            CapacityPerTask = 20
        )

    /// A ring after some episodes, with as many transitions as fit.
    let filled () =
        let ring = new ReplayRing(shape, null)

        let bytes (numbers: float32[]) =
            numbers |> Array.collect (fun x -> BitConverter.GetBytes(x: float32))

        let mutable frame = [| 0f; 0f; 0f |]

        /// The oldest transition has frames that serve as history only.
        let hasHistory () =
            ring.Head < ring.First && Seq.head (ring.Transitions()) = ring.First

        let mutable step = 0

        while step < 40 || not (hasHistory ()) do
            if step % 7 = 0 then
                frame <- Array.create 3 (float32 step)
                ring.Begin(ReadOnlySpan(bytes (Array.concat [ frame; frame; [| 0f |] ])))

            let next = Array.create 3 (float32 step + 0.5f)

            let obs = bytes (Array.concat [ next; frame; [| 0f |] ])
            ring.Add(ReadOnlySpan [| 0f; 0f |], 1f, ReadOnlySpan obs, false)

            frame <- next
            step <- step + 1

        ring

    testCase "are those of a ring of this size, or refused" (fun () ->
        use ring = filled ()
        let head, first, end', count = ring.Head, ring.First, ring.End, int64 ring.Count
        let opened = if ring.Open then 1L else 0L
        ring.IsSound() |> isTrue
        ring.Restore(head, first, end', count, opened) |> isTrue

        let wrong = [
            -1L, first, end', count, opened
            head, head - 1L, end', count, opened
            head, head + 2L, end', count, opened
            head, first, first - 1L, count, opened
            head, first, head + shape.Slots + 1L, count, opened
            head, first, Int64.MaxValue, count, opened
            Int64.MinValue, first, end', count, opened
            head, first, end', -1L, opened
            head, first, end', end' - first + 1L, opened
            head, first, end', (1L <<< 32) + count, opened
            head, first, end', count, 2L
            5L, 5L, 5L, 0L, 1L
        ]

        for positions in wrong do
            ring.Restore positions |> Expect.isFalse $"{positions}"

        ring.IsSound() |> isTrue
        ring.Restore(head, first, end', count - 1L, opened) |> isTrue
        ring.IsSound() |> Expect.isFalse "a transition that is not counted"
        ring.Restore(first, first, end', count, opened) |> isTrue
        ring.IsSound() |> Expect.isFalse "frames before the ring")
]
