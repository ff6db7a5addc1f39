/// What a page asks for of a task that this program plays for it: the words of an address.
namespace MtrlFunctional.Cli.Play

open System
open System.Globalization
open Microsoft.AspNetCore.Http

type Wish = {
    /// A later episode than the one that is played begins first.
    Episode: int option
    /// Of the episode: fewer where it ends.
    Steps: int
    /// Where its goal is moved to before them: three numbers, metres.
    Goal: float[] option
}

module Wish =
    /// A page asks for a few steps at once; an episode has seldom more.
    let private mostSteps = 1000
    /// Metres; the simulation ends beyond.
    let private farthest = 1e5

    let private whole low high (text: string) =
        match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, number when low <= number && number <= high -> Some number
        | _ -> None

    let private place (text: string) =
        let numbers =
            text.Split ','
            |> Array.map (fun number ->
                Double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture))

        let isNear (isNumber, x) = isNumber && abs x <= farthest

        if numbers.Length = 3 && Array.forall isNear numbers then
            Some(Array.map snd numbers)
        else
            None

    /// The value of a word of an address, where it has the word.
    let private word (query: IQueryCollection) (name: string) what read =
        match query.TryGetValue name with
        | true, text ->
            match read (string text) with
            | Some value -> Ok(Some value)
            | None -> Error $"{name}={text}: must be {what}."
        | _ -> Ok None

    /// What `?episode=3&steps=8&goal=0.1,0.2,0` asks for, or what is wrong with it.
    let read (hasGoal: bool) query =
        let steps =
            word query "steps" $"a whole number from 1 to {mostSteps}" (whole 1 mostSteps)

        let episode = word query "episode" "a whole number from 0" (whole 0 Int32.MaxValue)

        let goal =
            if hasGoal then
                word query "goal" $"three numbers x,y,z within {farthest:N0} m of 0" place
            else
                word query "goal" "left out: this task has no goal that can be moved" (fun _ ->
                    None)

        match steps, episode, goal with
        | Ok steps, Ok episode, Ok goal ->
            Ok { Episode = episode; Steps = Option.defaultValue 1 steps; Goal = goal }
        | Error what, _, _
        | _, Error what, _
        | _, _, Error what -> Error what
