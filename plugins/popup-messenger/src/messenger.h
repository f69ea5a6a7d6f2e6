/*
 * messenger.h - Popup Messenger: what is shared by its files.
 */
#ifndef MESSENGER_H
#define MESSENGER_H

#include "mortise.h"

#define MESSAGE_MAX 2000 /* characters */

int list_conversations(struct mt_req *req); /* GET /conversations */
int get_conversation(struct mt_req *req);   /* GET /conversations/:userId */
int list_messages(struct mt_req *req);	    /* GET /conversations/:userId/messages */
int send_message(struct mt_req *req);	    /* POST /send-message */
int mark_read(struct mt_req *req);	    /* POST /conversations/:userId/read */
int tell(struct mt_req *req);		    /* the job of a message that isn't read yet */
int forget(struct mt_req *req);		    /* the job */

#endif
