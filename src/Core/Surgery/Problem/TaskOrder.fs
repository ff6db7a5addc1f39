/// Orders in which a method takes the tasks.
module internal MtrlFunctional.Surgery.TaskOrder

open MtrlFunctional.Randomness

/// For each of `count` tasks the others in a random order.
let drawn count key : int[][] =
    Array.init count (fun task ->
        let key = Key.at (int64 task) key

        let others = [|
            for i in 0 .. count - 1 do
                if i <> task then
                    i
        |]

        Shuffle.keyed key others
        others)
