module MtrlFunctional.Tests.Training.TrainingPlanProps

open Expecto
open FsCheck
open MtrlFunctional.Training

let ``order of a run`` = [
    let law name = testLaw 300 [] name
    let steps = 100

    let start = {
        Loop = LoopState.start 2
        SavedStep = 0L
        IsSaved = false
        IsUnderway = false
        EndsEarly = false
    }

    /// The position after a piece, in a loop whose steps are iterations of one length.
    let after length (position: TrainingPosition) piece =
        match piece with
        | TrainingPiece.Train when position.IsUnderway -> {
            position with
                Loop.Step = position.Loop.Step + length
                IsUnderway = false
                IsSaved = false
          }
        | TrainingPiece.Train -> { position with IsUnderway = true }
        | TrainingPiece.Log -> {
            position with
                Loop = LoopState.startInterval position.Loop
                IsSaved = false
          }
        | TrainingPiece.Evaluate -> {
            position with
                Loop = LoopState.evaluated position.Loop
                IsSaved = false
          }
        | TrainingPiece.Save -> { position with SavedStep = position.Loop.Step; IsSaved = true }
        | TrainingPiece.End -> position

    /// All pieces of a run with the position before each.
    let played boundaries length start =
        start
        |> List.unfold (fun position ->
            match TrainingPlan.next boundaries steps position with
            | TrainingPiece.End -> None
            | piece -> Some((position, piece), after length position piece))

    let small (x: PositiveInt) = int64 (1 + x.Get % 40)

    let boundaries (log: PositiveInt) (evaluate: PositiveInt) (save: PositiveInt) = {
        Log = Recurrence.Every(small log)
        Evaluate = Recurrence.Every(small evaluate)
        EvaluateLast = Recurrence.Every 1L
        Save = Recurrence.Every(small save)
    }

    let stepsOf piece pieces =
        pieces
        |> List.choose (fun (position, each) ->
            if each = piece then Some position.Loop.Step else None)

    law "what is due happens once, at its steps" (fun log evaluate save length ->
        let boundaries, length = boundaries log evaluate save, small length
        let pieces = played boundaries length start
        let ends = [ 0L .. length .. int64 steps + length - 1L ]

        let dueAfter first recurrence =
            ((first, []), ends)
            ||> List.fold (fun (before, due) step ->
                if Recurrence.isDue before step recurrence then
                    step, step :: due
                else
                    before, due)
            |> snd
            |> List.rev

        let last = List.last ends

        stepsOf TrainingPiece.Log pieces = dueAfter 0L boundaries.Log
        && stepsOf TrainingPiece.Evaluate pieces =
            List.distinct (dueAfter -1L boundaries.Evaluate @ [ last ])
        && stepsOf TrainingPiece.Save pieces =
            List.distinct (dueAfter 0L boundaries.Save @ [ last ]))

    law
        "at a step the line comes before the evaluation, and the checkpoint has both"
        (fun log evaluate save length ->
            played (boundaries log evaluate save) (small length) start
            |> List.filter (fun (_, piece) -> piece <> TrainingPiece.Train)
            |> List.pairwise
            |> List.forall (fun ((before, first), (at, second)) ->
                before.Loop.Step < at.Loop.Step
                || match first, second with
                   | TrainingPiece.Log, TrainingPiece.Evaluate
                   | _, TrainingPiece.Save -> true
                   | _ -> false))

    law "within a step nothing else happens" (fun log evaluate save (step: NonNegativeInt) ->
        let within = { start with IsUnderway = true; Loop.Step = int64 step.Get }

        TrainingPlan.next (boundaries log evaluate save) steps within = TrainingPiece.Train)

    law "a run that ends early saves what it has" (fun log evaluate save length ->
        let pieces =
            played (boundaries log evaluate save) (small length) { start with EndsEarly = true }

        pieces |> List.map snd = [ TrainingPiece.Evaluate; TrainingPiece.Save ])
]
