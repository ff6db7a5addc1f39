// The fewest steps to the line that a search finds for each acrobot task of the evaluation: what a policy could reach.
//
//   ./mtrl build
//   dotnet fsi --optimize+ scripts/acrobot-bound.fsx      (about two minutes)
//
// A search from one start of each task keeps 2,000 states after each step: of states in one cell of a grid the first, most
// of them those with the most energy, the others at random.
#load "mtrl.fsx"

open System
open System.Collections.Generic
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Tasks.Classic.Acrobot

let width, cells, horizon = 2000, 10.0, 500

/// Kinetic and potential energy. Centres of mass are at 0.5, moments of inertia 1.
let energy (p: Physics) (s: State) =
    let l1, m1, m2, cos2 = p.Length1, p.Mass1, p.Mass2, cos s.Angle2
    let d1 = m1 * 0.25 + m2 * (l1 * l1 + 0.25 + l1 * cos2) + 2.0
    let d2 = m2 * (0.25 + l1 * 0.5 * cos2) + 1.0

    0.5 * d1 * s.Spin1 * s.Spin1
    + d2 * s.Spin1 * s.Spin2
    + 0.5 * (m2 * 0.25 + 1.0) * s.Spin2 * s.Spin2
    - (m1 * 0.5 + m2 * l1) * 9.8 * cos s.Angle1
    - m2 * 0.5 * 9.8 * cos (s.Angle1 + s.Angle2)

let cell (s: State) =
    let index x = int (floor (x * cells))
    struct (index s.Angle1, index s.Angle2, index s.Spin1, index s.Spin2)

let keep (random: Random) p (states: State[]) =
    if states.Length <= width then
        states
    else
        let best, rest =
            Array.sortByDescending (energy p) states |> Array.splitAt (width * 3 / 4)

        random.Shuffle rest
        Array.append best rest[.. width / 4 - 1]

/// Steps until the line is reached.
let fewest random p start =
    let rec search step (states: State[]) =
        let seen = HashSet()

        let next = [|
            for state in states do
                for action in 0..2 do
                    let moved = move p state action

                    if seen.Add(cell moved) then
                        moved
        |]

        if step = horizon || Array.exists isTerminal next then
            step
        else
            search (step + 1) (keep random p next)

    search 1 [| start |]

let tasks = (TaskSets.draw rules 1.0 1L 1 200).Test

let steps = [|
    for i, task in Array.indexed tasks do
        let random = Random i
        let draw () = 0.2 * random.NextDouble() - 0.1

        fewest random (physics task) {
            Angle1 = draw ()
            Angle2 = draw ()
            Spin1 = draw ()
            Spin2 = draw ()
        }
|]

let sorted = Array.sort steps
let within = steps |> Array.filter (fun n -> n <= 100) |> Array.length

printfn
    $"{within} of {tasks.Length} tasks within 100 steps; median {sorted[sorted.Length / 2]}, most {Array.last sorted}"
