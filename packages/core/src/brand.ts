declare const brand: unique symbol

/** A value that only its own module makes: two kinds of id with the same run-time form never mix. */
export type Brand<T, Name> = T & { readonly [brand]: Name }

export type MaybePromise<T> = T | Promise<T>
